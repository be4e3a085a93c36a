/** Blocks of old and new lines between marks, as aider, Cline and others ask for them; and the same with tags. */
import { REASONS, refuse } from '../result.ts';

/** Lines to find, and those that replace them. */
export interface SearchReplace {
  readonly old: readonly string[];
  readonly lines: readonly string[];
}

const SEARCH = /^\s*(?:<{5,9}|-{5,9})\s*(?:SEARCH|ORIGINAL|OLD|FIND|BEFORE|HEAD|Original|Search)\b[^\n]*$/;
const DIVIDER = /^\s*={5,9}\s*$/;
const REPLACE = /^\s*(?:>{5,9}|\+{5,9})\s*(?:REPLACE|UPDATED|NEW|AFTER|MODIFIED|Updated|Replace)\b[^\n]*$/;
/** A line that names a file. */
const PATH = /^\W*(?:(?:[\w.@-]+[\\/])+[\w.@-]+|[\w@-]+\.\w{1,10}|Makefile|Dockerfile)\W*$/;
const OLD_TAG = /<(search|old|old_code|original|find|old_str|oldString)>\n?/gi;
const NEW_TAG = /\s*<(replace|new|new_code|updated|replacement|new_str|newString)>\n?/iy;

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
  for (const line of lines) {
    if (SEARCH.test(line)) {
      if (old !== undefined) refuse(REASONS.malformed());
      old = [];
    } else if (old === undefined) {
      if (REPLACE.test(line)) refuse(REASONS.malformed());
    } else if (fresh === undefined) {
      if (REPLACE.test(line)) refuse(REASONS.malformed());
      if (DIVIDER.test(line)) fresh = [];
      // Roo Code's blocks name the line first.
      else if (!(old.length === 0 && /^:(?:start|end)_line:\s*\d+$|^-{5,9}$/.test(line))) old.push(line);
    } else if (REPLACE.test(line)) {
      blocks.push({ old, lines: fresh });
      old = undefined;
      fresh = undefined;
    } else if (DIVIDER.test(line)) refuse(REASONS.malformed());
    else fresh.push(line);
  }
  if (old !== undefined) refuse(REASONS.malformed());
  return blocks;
}

/** Tells if a line is nothing but the name of a file. */
export function isPathLine(line: string): boolean {
  return PATH.test(line);
}

/** Tells if lines beside the blocks may be code that is meant as well. */
export function hasOthers(lines: readonly string[]): boolean {
  let isInside = false;
  for (const line of lines) {
    if (SEARCH.test(line)) isInside = true;
    // The end of a block whose text looks like a heredoc, or of Markdown.
    if (!isInside && /^\s*(?:`{3,}|~{3,})/.test(line)) return false;
    if (!isInside && line.trim() !== '' && !isPathLine(line)) return true;
    if (REPLACE.test(line)) isInside = false;
  }
  return false;
}

/** Parses pairs of tags, such as `<search>…</search><replace>…</replace>`. */
export function parseTagPairs(text: string): readonly SearchReplace[] {
  const pairs: SearchReplace[] = [];
  OLD_TAG.lastIndex = 0;
  for (let open = OLD_TAG.exec(text); open !== null; open = OLD_TAG.exec(text)) {
    const old = upTo(text, OLD_TAG.lastIndex, open[1] ?? '');
    if (old === undefined) break;
    OLD_TAG.lastIndex = old.end;
    NEW_TAG.lastIndex = old.end;
    const name = NEW_TAG.exec(text)?.[1];
    if (name === undefined) continue;
    const fresh = upTo(text, NEW_TAG.lastIndex, name);
    if (fresh === undefined) break;
    OLD_TAG.lastIndex = fresh.end;
    pairs.push({ old: old.lines, lines: fresh.isEmpty ? [] : fresh.lines });
  }
  return pairs;
}

/** The lines up to a closing tag. */
function upTo(
  text: string,
  from: number,
  name: string,
): { readonly lines: readonly string[]; readonly isEmpty: boolean; readonly end: number } | undefined {
  const close = `</${name}>`;
  const at = text.indexOf(close, from);
  if (at < 0) return undefined;
  const inner = text.slice(from, at).replace(/\n[ \t]*$/, '');
  return { lines: inner.split('\n'), isEmpty: inner === '', end: at + close.length };
}
