/** Blocks of old and new lines between marks, as aider, Cline and others ask for them; and the same with tags. */
import { REASONS, refuse } from '../result.ts';

/** Lines to find, and those that replace them. */
export interface SearchReplace {
  readonly old: readonly string[];
  readonly lines: readonly string[];
  /** The line of the answer where the block begins. */
  readonly at: number;
}

const SEARCH = /^\s*(?:<{5,9}|-{5,9})\s*(?:SEARCH|ORIGINAL|OLD|FIND|BEFORE|HEAD|Original|Search)\b[^\n]*$/;
const DIVIDER = /^\s*={5,9}\s*$/;
const REPLACE = /^\s*(?:>{5,9}|\+{5,9})\s*(?:REPLACE|UPDATED|NEW|AFTER|MODIFIED|Updated|Replace)\b[^\n]*$/;
const TAGS =
  /<(search|old|old_code|original|find|old_str|oldString)>\n?([\s\S]*?)\n?[ \t]*<\/\1>\s*<(replace|new|new_code|updated|replacement|new_str|newString)>\n?([\s\S]*?)\n?[ \t]*<\/\3>/gi;

/** Tells if a line is one of the marks. */
export function isSearchMark(line: string): boolean {
  return SEARCH.test(line);
}

/** Tells if lines have such blocks. */
export function hasSearchBlocks(lines: readonly string[]): boolean {
  return lines.some(isSearchMark);
}

/**
 * Parses the blocks of an answer.
 * @throws Refused if a block is not whole.
 */
export function parseSearchBlocks(lines: readonly string[]): readonly SearchReplace[] {
  const blocks: SearchReplace[] = [];
  let old: string[] | undefined;
  let fresh: string[] | undefined;
  let start = 0;
  for (const [index, line] of lines.entries()) {
    if (SEARCH.test(line)) {
      if (old !== undefined) refuse(REASONS.malformed());
      old = [];
      start = index;
    } else if (old === undefined) {
      if (REPLACE.test(line)) refuse(REASONS.malformed());
    } else if (fresh === undefined) {
      if (REPLACE.test(line)) refuse(REASONS.malformed());
      if (DIVIDER.test(line)) fresh = [];
      // Roo Code's blocks name the line first.
      else if (!(old.length === 0 && /^:(?:start|end)_line:\s*\d+$|^-{5,9}$/.test(line))) old.push(line);
    } else if (REPLACE.test(line)) {
      blocks.push({ old, lines: fresh, at: start });
      old = undefined;
      fresh = undefined;
    } else if (DIVIDER.test(line)) refuse(REASONS.malformed());
    else fresh.push(line);
  }
  if (old !== undefined) refuse(REASONS.malformed());
  return blocks;
}

/** Parses pairs of tags, such as `<search>…</search><replace>…</replace>`. */
export function parseTagPairs(text: string): readonly SearchReplace[] {
  if (!/<(?:search|old|original|find)/i.test(text)) return [];
  return [...text.matchAll(TAGS)].map(([, , old = '', , fresh = '']) => ({
    old: old.split('\n'),
    lines: fresh === '' ? [] : fresh.split('\n'),
    at: 0,
  }));
}
