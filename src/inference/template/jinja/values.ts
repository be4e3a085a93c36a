/** Values of the template engine, which exports its interpreter but not its classes. */
import { Environment, type JinjaValue } from './engine.ts';

const SCRATCH = 'value';
const scratch = new Environment();

/** Makes a value of the engine: of a text, number, boolean, list, object or function of plain values. */
export function toValue(plain: unknown): JinjaValue {
  scratch.variables.delete(SCRATCH);
  return scratch.set(SCRATCH, plain);
}

/** A list of values that are the engine's already. */
export function listOf(items: readonly JinjaValue[]): JinjaValue {
  const list = toValue([]);
  (list.value as JinjaValue[]).push(...items);
  return list;
}

export function asText(value: JinjaValue | undefined): string | undefined {
  return value?.type === 'StringValue' ? (value.value as string) : undefined;
}

export function asInteger(value: JinjaValue | undefined): number | undefined {
  return value?.type === 'IntegerValue' ? (value.value as number) : undefined;
}

/** The items of a list or tuple. */
export function asList(value: JinjaValue): readonly JinjaValue[] | undefined {
  return Array.isArray(value.value) ? (value.value as JinjaValue[]) : undefined;
}

/** The entries of an object, without a namespace's. */
export function asEntries(value: JinjaValue): ReadonlyMap<string, JinjaValue> | undefined {
  return value.type === 'ObjectValue' ? (value.value as Map<string, JinjaValue>) : undefined;
}

export function isNothing(value: JinjaValue): boolean {
  return value.type === 'UndefinedValue' || value.type === 'NullValue';
}

/** Equality as in Python: lists and objects by their contents. */
export function areEqual(one: JinjaValue, other: JinjaValue): boolean {
  if (one === other) return true;
  const items = [asList(one), asList(other)] as const;
  if (items[0] !== undefined && items[1] !== undefined) {
    const others = items[1];
    return items[0].length === others.length && items[0].every((item, at) => isSame(item, others[at]));
  }
  const entries = [asEntries(one), asEntries(other)] as const;
  if (entries[0] !== undefined && entries[1] !== undefined) {
    const others = entries[1];
    return (
      entries[0].size === others.size && [...entries[0]].every(([key, item]) => isSame(item, others.get(key)))
    );
  }
  if (isNothing(one) || isNothing(other)) return one.type === other.type;
  if (isNumeric(one) && isNumeric(other)) return Number(one.value) === Number(other.value);
  return one.type === other.type && one.value === other.value;
}

function isSame(one: JinjaValue, other: JinjaValue | undefined): boolean {
  return other !== undefined && areEqual(one, other);
}

function isNumeric({ type }: JinjaValue): boolean {
  return type === 'IntegerValue' || type === 'FloatValue' || type === 'BooleanValue';
}
