/**
 * Stops at a bracket or quotation mark that the editor has closed already. Without this, completions inside of fresh
 * brackets were right in 20 % of the cases, with it in 91 % (Go, the open measurements of tsugi).
 */
import { lineBefore, lineBehind } from '../place.ts';
import type { Rule } from './rule.ts';

const CLOSERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const OPENERS = new Set(Object.values(CLOSERS));
const QUOTES = /^["'`]/;

export const closedBracket: Rule = {
  name: 'closedBracket',
  keep: (text, hole) => {
    const closer = lineBehind(hole).trimStart()[0];
    if (closer === undefined) return undefined;
    if (QUOTES.test(closer)) return isInside(closer, lineBefore(hole)) ? quoteIn(text, closer) : undefined;
    return closer in CLOSERS ? unopened(text, closer) : undefined;
  },
};

/** Returns the index of the first `closer` that nothing in the text opens. */
function unopened(text: string, closer: string): number | undefined {
  const open: string[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    if (OPENERS.has(character)) open.push(character);
    const opener = CLOSERS[character];
    if (opener === undefined) continue;
    if (open.at(-1) === opener) open.pop();
    else if (character === closer && open.length === 0) return index;
  }
  return undefined;
}

function isInside(quote: string, line: string): boolean {
  return line.split(quote).length % 2 === 0;
}

function quoteIn(text: string, quote: string): number | undefined {
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === quote) return index;
  }
  return undefined;
}
