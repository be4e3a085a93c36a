/** Marks of calls that no family of the table has, told by their words: `<x_tool_call>`, `<|call_begin|>`, `[TOOL_REQUEST]`. */
import { jsonCalls, namedJson, pythonCalls } from './callBodies.ts';
import { argumentElements, functionElements, invokeElements } from './elements.ts';
import type { BodyReader, CallMark } from './outputFamily.ts';

const INNER = '[\\w:.▁-]';
const WORDS = '(?:tool|func|call|action|plugin|invoke)';
const NO_END = '(?![^<>]*(?:end|close|suffix|response|result|output))';

/** The pattern of an opening one. It is no longer than what is held back while text arrives. */
export const CALL_TAG = `<(?=[^<>]{1,30}>)${NO_END}[|｜]?${INNER}{0,24}?${WORDS}${INNER}{0,24}[|｜]?>|\\[(?=[A-Z_]{1,30}\\])(?!END|[A-Z_]*(?:_ID|RESULT))[A-Z_]{0,24}?(?:TOOL|CALL|FUNCTION|ACTION)[A-Z_]{0,24}\\]`;

/** Tells if a text may become a tag that begins as a list does. */
export function mayBeTag(text: string): boolean {
  return /^\[[A-Z_]{0,30}$/.test(text);
}

/** A tag behind a call that ends it, or the beginning of one. */
const END_TAG =
  /^(?:<(?=[^<>]{1,30}>)(?:\/[|｜]?[^<>\s/]+|[|｜](?:\/[^<>\s]*|[^<>\s]*(?:end|close|suffix)[^<>\s]*)[|｜])>|\[(?=[A-Z_/]{1,30}\])(?:\/[A-Z_]+|END_?[A-Z_]+)\])/;
const MAYBE_END_TAG = /^(?:<(?:[/|｜][^<>\s]{0,30})?|\[(?:\/[A-Z_]{0,30}|E(?:N(?:D[A-Z_]{0,28})?)?)?)$/;

/** Tells how long the tag is with which a text begins that ends a call; `more` if only its next characters tell. */
export function endTagLength(text: string, isEnd: boolean): number | 'more' {
  const length = END_TAG.exec(text.slice(0, 64))?.[0].length;
  if (length !== undefined) return length;
  return !isEnd && MAYBE_END_TAG.test(text.slice(0, 64)) ? 'more' : 0;
}

const READERS: readonly BodyReader[] = [
  jsonCalls,
  functionElements,
  invokeElements,
  argumentElements,
  pythonCalls,
  namedJson(/\n|(?=\{)/),
];

/** The mark of a call that such a tag is. */
export function callTag(open: string): CallMark {
  return { kind: 'call', open, close: closersOf(open), read: READERS };
}

function closersOf(open: string): readonly string[] {
  const name = open.replace(/^[<[][|｜]?|[|｜]?[>\]]$/g, '');
  if (open.startsWith('[')) return [`[/${name}]`, `[END_${name}]`];
  if (!/^<[|｜]/.test(open)) return [`</${name}>`];
  const bar = open[1] ?? '|';
  const ends = [`/${name}`, `end_${name}`, `${name}_end`, name.replace(/start|begin|open/, 'end')];
  return [
    ...ends.filter((end) => end !== name).map((end) => `<${bar}${end}${bar}>`),
    `<${bar}${name.replace('prefix', 'suffix')}${bar}>`,
    `</${bar}${name}${bar}>`,
  ].filter((closer) => closer !== open);
}
