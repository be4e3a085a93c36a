/** Filters that the template engine lacks, or has without a bound. */

import type { Budget } from './budget.ts';
import type { JinjaValue } from './engine.ts';
import { type JsonStyle, PLAIN_JSON, writeJson, writeRepr } from './json.ts';
import { replaceText, strip } from './pythonText.ts';
import { areEqual, asEntries, asInteger, asList, asText, isNothing, listOf, toValue } from './values.ts';

/** Arguments of a filter. */
export interface FilterArguments {
  readonly positional: readonly JinjaValue[];
  readonly named: ReadonlyMap<string, JinjaValue>;
}

/** @returns undefined to leave it to the engine. */
type Filter = (input: JinjaValue, args: FilterArguments, budget: Budget) => JinjaValue | undefined;

const MAX_INDENT = 16;

function argument(args: FilterArguments, at: number, name: string): JinjaValue | undefined {
  return args.named.get(name) ?? args.positional[at];
}

function isTrue(value: JinjaValue | undefined): boolean {
  return value?.__bool__().value ?? false;
}

/** A value inside a text, in Python's words for what JSON calls otherwise. */
export function display(value: JinjaValue): string {
  if (value.type === 'UndefinedValue') return '';
  if (value.type === 'NullValue') return 'None';
  if (value.type === 'BooleanValue') return value.value ? 'True' : 'False';
  return asList(value) === undefined && asEntries(value) === undefined ? value.toString() : writeRepr(value);
}

function jsonStyle(args: FilterArguments): JsonStyle {
  const indent = asInteger(args.named.get('indent'));
  if (indent !== undefined && (indent < 0 || indent > MAX_INDENT)) throw new Error('indent is out of bounds');
  const separators = args.named.get('separators');
  const [item, key] = (separators && asList(separators)) ?? [];
  const itemText = asText(item);
  const keyText = asText(key);
  return {
    ...PLAIN_JSON,
    indent,
    ensureAscii: isTrue(args.named.get('ensure_ascii')),
    sortKeys: isTrue(args.named.get('sort_keys')),
    separators: itemText !== undefined && keyText !== undefined ? [itemText, keyText] : undefined,
  };
}

function indent(input: JinjaValue, args: FilterArguments, budget: Budget): JinjaValue | undefined {
  const text = asText(input);
  if (text === undefined) return undefined;
  const width = argument(args, 0, 'width');
  const space = asText(width) ?? ' '.repeat(Math.min(asInteger(width) ?? 4, 1000));
  const first = isTrue(argument(args, 1, 'first'));
  const blank = isTrue(argument(args, 2, 'blank'));
  const lines = text.split('\n');
  budget.checkLength(text.length + lines.length * space.length);
  return toValue(
    lines
      .map((line, at) => ((at === 0 && !first) || (line === '' && !blank) ? line : space + line))
      .join('\n'),
  );
}

function join(input: JinjaValue, args: FilterArguments, budget: Budget): JinjaValue | undefined {
  const items = asList(input);
  if (items === undefined) return undefined;
  const separator = asText(argument(args, 0, 'd')) ?? '';
  const attribute = asText(args.named.get('attribute'));
  const texts = items.map((item) => display((attribute && asEntries(item)?.get(attribute)) || item));
  budget.checkLength(texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return toValue(texts.join(separator));
}

/** `select('equalto', x)` and the like. */
function selecting(keep: boolean): Filter {
  return (input, { positional }) => {
    const items = asList(input);
    if (items === undefined) return undefined;
    const [test, wanted] = positional;
    return listOf(items.filter((item) => passes(item, asText(test), wanted) === keep));
  };
}

function passes(item: JinjaValue, test: string | undefined, wanted: JinjaValue | undefined): boolean {
  switch (test) {
    case undefined:
      return isTrue(item);
    case 'equalto':
    case 'eq':
    case '==':
      return wanted !== undefined && areEqual(item, wanted);
    case 'ne':
    case '!=':
      return wanted === undefined || !areEqual(item, wanted);
    case 'in':
      return wanted !== undefined && (asList(wanted)?.some((one) => areEqual(one, item)) ?? false);
    case 'defined':
      return item.type !== 'UndefinedValue';
    case 'none':
      return item.type === 'NullValue';
    case 'string':
      return item.type === 'StringValue';
    case 'mapping':
      return item.type === 'ObjectValue';
    default:
      throw new Error(`Unknown test: ${test}`);
  }
}

/** Results of filters of nothing, which llama.cpp renders where Python fails. */
const OF_NOTHING: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...['capitalize', 'join', 'lower', 'replace', 'safe', 'title', 'trim', 'upper'].map(
    (name) => [name, ''] as const,
  ),
  ...[
    'items',
    'list',
    'map',
    'reject',
    'rejectattr',
    'reverse',
    'select',
    'selectattr',
    'sort',
    'unique',
  ].map((name) => [name, []] as const),
  ['length', 0],
  ['count', 0],
  ['first', undefined],
  ['last', undefined],
]);

/** @returns undefined to leave it to the engine. */
export function applyFilter(
  name: string,
  input: JinjaValue,
  args: FilterArguments,
  budget: Budget,
): JinjaValue | undefined {
  if (isNothing(input) && OF_NOTHING.has(name)) return toValue(OF_NOTHING.get(name));
  return FILTERS.get(name)?.(input, args, budget);
}

const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['tojson', (input, args) => toValue(writeJson(input, jsonStyle(args)))],
  [
    'trim',
    (input, args) => {
      const text = asText(input);
      return text === undefined ? undefined : toValue(strip(text, argument(args, 0, 'chars')?.value, 'both'));
    },
  ],
  [
    'replace',
    (input, args, budget) => {
      const [text, old, by] = [asText(input), asText(args.positional[0]), asText(args.positional[1])];
      if (text === undefined || old === undefined || by === undefined) return undefined;
      return toValue(replaceText(text, old, by, asInteger(argument(args, 2, 'count')), budget));
    },
  ],
  ['first', (input) => asList(input) && (asList(input)?.[0] ?? toValue(undefined))],
  ['last', (input) => asList(input) && (asList(input)?.at(-1) ?? toValue(undefined))],
  ['indent', indent],
  ['join', join],
  ['select', selecting(true)],
  ['reject', selecting(false)],
  ['string', (input) => toValue(display(input))],
]);
