/** Finding marks in a text, and reading what is between them. */
import { propertyType } from './coerce.ts';
import { readLoose } from './loose.ts';
import type { BodyReader, RawCall } from './outputFamily.ts';

/** A mark in a text, and where it begins. */
interface Found {
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
