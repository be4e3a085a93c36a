/**
 * Arguments of a call made what the schema of its tool says (JSON Schema, as far as tools use it): models write numbers as
 * texts, one value in place of a list, objects as JSON in a string. A call that does not fit afterwards is none.
 */
import { isObject } from '../../base/json.ts';
import { readLoose } from './loose.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Schemas within schemas that are followed. */
const MAX_DEPTH = 32;

/** A value that fits; undefined if none does. */
interface Fit {
  readonly value: unknown;
}

function typesOf({ type, properties, items }: Schema): readonly string[] {
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((one): one is string => typeof one === 'string');
  if (isObject(properties)) return ['object'];
  return isObject(items) ? ['array'] : [];
}

/** A whole text as a value; undefined if it is none. */
function parsed(text: string): Fit | undefined {
  const found = readLoose(text.trim());
  return found !== undefined && found.end >= text.trim().length && !found.isCut
    ? { value: found.value }
    : undefined;
}

const COERCIONS: Readonly<
  Record<string, (value: unknown, schema: Schema, fitTo: Fitter) => Fit | undefined>
> = {
  string: (value) => {
    if (typeof value === 'string') return { value };
    if (value === null || value === undefined) return undefined;
    return { value: typeof value === 'object' ? JSON.stringify(value) : String(value) };
  },
  number: (value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? { value: number } : undefined;
  },
  integer: (value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return Number.isSafeInteger(number) ? { value: number } : undefined;
  },
  boolean: (value) => {
    if (typeof value === 'boolean') return { value };
    if (typeof value !== 'string') return value === 0 || value === 1 ? { value: value === 1 } : undefined;
    const word = value.trim().toLowerCase();
    if (['true', 'yes', '1'].includes(word)) return { value: true };
    return ['false', 'no', '0'].includes(word) ? { value: false } : undefined;
  },
  null: (value) => {
    const isNull = value === null || (typeof value === 'string' && /^(?:null|none)?$/i.test(value.trim()));
    return isNull ? { value: null } : undefined;
  },
  array: (value, schema, fitTo) => {
    const list = typeof value === 'string' ? (parsed(value)?.value ?? value) : value;
    const items = Array.isArray(list) ? list : [list];
    const itemSchema = isObject(schema['items']) ? schema['items'] : {};
    return all(items.map((item) => fitTo(item, itemSchema)));
  },
  object: (value, schema, fitTo) => {
    const object = typeof value === 'string' ? parsed(value)?.value : value;
    return isObject(object) ? fitObject(object, schema, fitTo) : undefined;
  },
};

type Fitter = (value: unknown, schema: Schema) => Fit | undefined;

function all(fits: readonly (Fit | undefined)[]): Fit | undefined {
  const found = fits.filter((fit) => fit !== undefined);
  return found.length === fits.length ? { value: found.map(({ value }) => value) } : undefined;
}

function fitObject(object: Record<string, unknown>, schema: Schema, fitTo: Fitter): Fit | undefined {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(object)) {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known === undefined && schema['additionalProperties'] === false && isObject(schema['properties']))
      return undefined;
    const fitted = isObject(known) ? fitTo(value, known) : { value };
    if (fitted !== undefined) entries.push([key, fitted.value]);
    // Nothing was said of a property that may be left out.
    else if (required.includes(key) || (value !== null && value !== '')) return undefined;
  }
  const result = Object.fromEntries(entries);
  return required.every((key) => typeof key !== 'string' || Object.hasOwn(result, key))
    ? { value: result }
    : undefined;
}

function fitEnum(value: unknown, members: readonly unknown[]): Fit | undefined {
  const text = String(value).trim().toLowerCase();
  const exact = members.find((member) => member === value);
  const found = exact ?? members.find((member) => String(member).toLowerCase() === text);
  return found === undefined ? undefined : { value: found };
}

/** A value under a schema with alternatives and references resolved. @param root holds `$defs`. */
function fitValue(value: unknown, schema: Schema, root: Schema, depth: number): Fit | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const fitTo: Fitter = (inner, innerSchema) => fitValue(inner, innerSchema, root, depth + 1);
  const target = resolve(schema, root);
  if (Array.isArray(target['enum'])) return fitEnum(value, target['enum']);
  if ('const' in target) return fitEnum(value, [target['const']]);
  for (const key of ['anyOf', 'oneOf']) {
    const alternatives = target[key];
    if (!Array.isArray(alternatives)) continue;
    const schemas = alternatives.filter(isObject);
    // A schema that fits as it is takes precedence over one that needs coercion.
    const fits = schemas.map((one) => fitTo(value, one)).filter((one) => one !== undefined);
    return fits.find((one) => one.value === value) ?? fits[0];
  }
  const types = typesOf(target);
  if (types.length === 0) return { value };
  const exact = types.find((type) => isOfType(value, type));
  for (const type of exact === undefined ? types : [exact, ...types]) {
    const found = COERCIONS[type]?.(value, target, fitTo);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function resolve(schema: Schema, root: Schema): Schema {
  const path = schema['$ref'];
  if (typeof path !== 'string' || !path.startsWith('#/')) return schema;
  let found: unknown = root;
  for (const part of path.slice(2).split('/')) found = isObject(found) ? found[part] : undefined;
  return isObject(found) ? found : {};
}

/** The names of a schema's properties, in its order. */
export function propertyNames(schema: object | undefined): string[] {
  const properties = (schema as Schema | undefined)?.['properties'];
  return isObject(properties) ? Object.keys(properties) : [];
}

/** The first type that a schema names for a property; undefined if it names none. */
export function propertyType(schema: object | undefined, name: string): string | undefined {
  const properties = (schema as Schema | undefined)?.['properties'];
  const property = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return isObject(property) ? typesOf(property)[0] : undefined;
}

/** Arguments that fit the schema. @returns undefined if they do not, whatever is coerced. */
export function coerceArguments(
  given: Readonly<Record<string, unknown>>,
  schema: object | undefined,
): Record<string, unknown> | undefined {
  if (schema === undefined) return { ...given };
  const root = schema as Schema;
  const fitted = fitValue({ ...given }, { type: 'object', ...root }, root, 0);
  return fitted === undefined ? undefined : (fitted.value as Record<string, unknown>);
}
