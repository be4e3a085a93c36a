/** Finding marks in a text, and reading what is between them. */
import { propertyType } from './coerce.ts';
import { ValueExtent } from './extent.ts';
import { readLoose } from './loose.ts';
import type { BodyReader, RawCall } from './outputFamily.ts';

/** A mark in a text, and where it begins. */
export interface Found {
  readonly at: number;
  readonly what: string;
}

/** The first of some texts; of those that begin at one place the longest. */
export function earliest(text: string, wanted: readonly string[], from = 0): Found | undefined {
  let found: Found | undefined;
  for (const what of wanted) {
    const at = text.indexOf(what, from);
    if (at < 0) continue;
    if (found === undefined || at < found.at || (at === found.at && what.length > found.what.length))
      found = { at, what };
  }
  return found;
}

/** The calls of the first reader that understands the body. */
export function firstRead(
  readers: readonly BodyReader[],
  body: string,
  isEnd: boolean,
): readonly RawCall[] | undefined {
  for (const read of readers) {
    const calls = read(body, isEnd);
    if (calls !== undefined) return calls;
  }
  return undefined;
}

/** Calls that are looked for at the beginning of a text, at most: each reads it again. */
const MAX_LEADING = 32;
/** Characters in which the first value of a call begins. */
const MAX_HEAD = 256;

/** The calls with which a text begins, and the characters that they take; undefined if it begins otherwise. */
export function leadingCalls(
  readers: readonly BodyReader[],
  text: string,
): { readonly raw: readonly RawCall[]; readonly length: number } | undefined {
  let found: { raw: readonly RawCall[]; length: number } | undefined;
  for (const end of possibleEnds(text)) {
    const raw = firstRead(readers, text.slice(0, end), false);
    if (raw !== undefined) found = { raw, length: end };
    else if (found !== undefined) break;
  }
  return found;
}

/** The places behind values in brackets and behind elements. */
function* possibleEnds(text: string): Generator<number> {
  const elements = /<\/[^<>\s]*(?:function|invoke|arg_value)[^<>\s]*>/g;
  let at = text.slice(0, MAX_HEAD).search(/[[{(<]/);
  const isElement = text[at] === '<';
  for (let count = 0; count < MAX_LEADING && at >= 0; count++) {
    const end = isElement ? endOf(elements, text) : extentEnd(text, at);
    if (end === undefined) return;
    yield end;
    if (isElement) continue;
    const next = text.slice(end, end + MAX_HEAD).search(/[[{]/);
    at = next < 0 ? -1 : end + next;
  }
}

function endOf(pattern: RegExp, text: string): number | undefined {
  return pattern.exec(text) === null ? undefined : pattern.lastIndex;
}

function extentEnd(text: string, at: number): number | undefined {
  const end = new ValueExtent().find(text.slice(at));
  return end === undefined ? undefined : at + end;
}

/** A value of an element: raw text, unless its schema wants something else or says nothing. */
export function typed(value: unknown, key: string, schema: object | undefined): unknown {
  if (typeof value !== 'string') return value;
  const type = propertyType(schema, key);
  if (type === 'string') return value;
  const text = value.trim();
  if (type === undefined && !/^(?:[[{]|-?\d|true$|false$|null$)/i.test(text)) return value;
  const found = readLoose(text);
  return found !== undefined && found.end >= text.length && !found.isCut ? found.value : value;
}
