/** Answers that begin within a thought: the template opened it in the prompt, so only the end of it is told. */

import { FAMILIES } from '../families/index.ts';
import { THOUGHT_ENDS } from '../turnMarks.ts';
import { CodeSpans } from './codeSpans.ts';
import { MarkSet } from './markSet.ts';

const OPENS = new Set(
  FAMILIES.flatMap(({ marks }) => marks.flatMap(({ kind, open }) => (kind === 'thought' ? [open] : []))),
);
const MARKS = new MarkSet([...OPENS, ...THOUGHT_ENDS]);

/** Tells if a thought is closed that was never opened. A mark in quotes or in code is written about. */
export function beginsInThought(text: string): boolean {
  const code = new CodeSpans();
  let at = 0;
  for (let found = MARKS.first(text); found !== undefined; found = MARKS.first(text, at)) {
    code.push(text.slice(at, found.at));
    const end = found.at + found.what.length;
    if (!code.isCode && code.isQuoted(text[end] ?? '') !== true) return !OPENS.has(found.what);
    code.push(found.what);
    at = end;
  }
  return false;
}
