/** JSON as Python's json.dumps and llama.cpp's tojson write it. */
import type { JinjaValue } from './engine.ts';
import { asEntries, asList } from './values.ts';

export interface JsonStyle {
  /** Spaces of a level; everything on one line if it is undefined. */
  readonly indent: number | undefined;
  readonly ensureAscii: boolean;
  readonly sortKeys: boolean;
  /** Between items, and between a key and its value. */
  readonly separators: readonly [string, string] | undefined;
}

export const PLAIN_JSON: JsonStyle = {
  indent: undefined,
  ensureAscii: false,
  sortKeys: false,
  separators: undefined,
};

/** @throws Error for functions and namespaces. */
export function writeJson(value: JinjaValue, style: JsonStyle, depth = 0): string {
  const items = asList(value);
  if (items !== undefined) {
    return wrap(
      '[',
      ']',
      style,
      depth,
      items.map((item) => writeJson(item, style, depth + 1)),
    );
  }
  const entries = asEntries(value);
  if (entries !== undefined) {
    const keys = style.sortKeys ? [...entries.keys()].sort() : [...entries.keys()];
    const colon = style.separators?.[1] ?? ': ';
    const members = keys.map((key) => {
      const member = entries.get(key);
      return (
        writeText(key, style) + colon + (member === undefined ? 'null' : writeJson(member, style, depth + 1))
      );
    });
    return wrap('{', '}', style, depth, members);
  }
  switch (value.type) {
    case 'NullValue':
    case 'UndefinedValue':
      return 'null';
    case 'StringValue':
      return writeText(value.value as string, style);
    case 'IntegerValue':
    case 'BooleanValue':
      return String(value.value);
    case 'FloatValue':
      return value.toString();
    default:
      throw new Error(`${value.type} is not JSON`);
  }
}

function wrap(
  open: string,
  close: string,
  style: JsonStyle,
  depth: number,
  parts: readonly string[],
): string {
  const { indent, separators } = style;
  if (parts.length === 0) return open + close;
  if (indent === undefined) return open + parts.join(separators?.[0] ?? ', ') + close;
  const line = `\n${' '.repeat(indent * depth)}`;
  const inner = line + ' '.repeat(indent);
  return open + inner + parts.join((separators?.[0] ?? ',') + inner) + line + close;
}

function writeText(text: string, { ensureAscii }: JsonStyle): string {
  const written = JSON.stringify(text);
  if (!ensureAscii) return written;
  return written.replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value as Python's repr writes it. */
export function writeRepr(value: JinjaValue): string {
  const items = asList(value);
  if (items !== undefined) return `[${items.map(writeRepr).join(', ')}]`;
  const entries = asEntries(value);
  if (entries !== undefined)
    return `{${[...entries].map(([key, member]) => `${quote(key)}: ${writeRepr(member)}`).join(', ')}}`;
  switch (value.type) {
    case 'StringValue':
      return quote(value.value as string);
    case 'BooleanValue':
      return value.value === true ? 'True' : 'False';
    case 'NullValue':
    case 'UndefinedValue':
      return 'None';
    default:
      return value.toString();
  }
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return mark + escaped.replaceAll(mark, `\\${mark}`) + mark;
}
