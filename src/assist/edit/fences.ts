/**
 * Fences of code blocks as models write them. CommonMark, section 4.5, is the base; models also indent fences like the
 * code, write them behind a sentence, put text behind the closing one, and quote them.
 */

/** The fence that opens a block. */
export interface Opening {
  readonly character: '`' | '~';
  readonly length: number;
  /** Columns before the fence; a tab counts as four. */
  readonly indent: number;
  readonly isQuoted: boolean;
  /** The rest of the line, trimmed. */
  readonly info: string;
}

/** Characters of a line beyond which it is no fence. */
const MAX_LINE = 1_000;
const TAB = 4;
const OPENING = /^((?:[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+|[ \t]*>[ \t]?)*[ \t]*)(`{3,}|~{3,})(.*)$/;
const GLUED = /^(.*\S)[ \t]*(`{3,})([\w+#.-]*)[ \t]*$/;
const ONE_LINE = /^[ \t]*(`{3,})([^`].*?)`{3,}[ \t]*$/;

function columns(text: string): number {
  let count = 0;
  for (const character of text) count += character === '\t' ? TAB : 1;
  return count;
}

function openingOf(before: string, fence: string, info: string): Opening {
  return {
    character: fence.startsWith('`') ? '`' : '~',
    length: fence.length,
    indent: before.includes('>') ? 0 : columns(before),
    isQuoted: before.includes('>'),
    info: info.trim(),
  };
}

/** Parses a line that opens a block. Returns undefined for any other line. */
export function parseOpening(line: string): Opening | undefined {
  if (line.length > MAX_LINE) return undefined;
  const [, before = '', fence = '', info = ''] = OPENING.exec(line) ?? [];
  if (fence === '' || (fence.startsWith('`') && info.includes('`'))) return undefined;
  return openingOf(before, fence, info);
}

/** Parses a fence at the end of a sentence: `Sure! ```ts`. */
export function parseGlued(line: string): { readonly text: string; readonly opening: Opening } | undefined {
  if (line.length > MAX_LINE || !line.includes('```')) return undefined;
  const [, text = '', fence = '', info = ''] = GLUED.exec(line) ?? [];
  if (fence === '' || text.includes('```')) return undefined;
  return { text, opening: openingOf('', fence, info) };
}

/** Returns what stands between the fences of a block on one line. */
export function parseOneLine(line: string): string | undefined {
  if (line.length > MAX_LINE || !line.includes('```')) return undefined;
  const inner = ONE_LINE.exec(line)?.[2];
  return inner === undefined || inner.includes('```') ? undefined : inner.trim();
}

/**
 * A line within a block that may close it: `bare` is a fence alone, `text` one with a sentence behind it, `info` one
 * that looks like the opening of another block.
 */
export type Closing = 'bare' | 'text' | 'info';

/** Tells if a line may close a block. Returns undefined for any other line. */
export function parseClosing(line: string, opening: Opening): Closing | undefined {
  if (line.length > MAX_LINE) return undefined;
  const text = opening.isQuoted ? line.replace(/^[ \t]*>[ \t]?/, '') : line;
  const [, before = '', fence = '', rest = ''] = /^([ \t]*)(`{3,}|~{3,})(.*)$/.exec(text) ?? [];
  if (!fence.startsWith(opening.character) || fence.length < opening.length) return undefined;
  if (columns(before) > opening.indent + 3) return undefined;
  if (rest.trim() === '') return 'bare';
  return /^\s*\S+\s+\S/.test(rest) && !/[={]/.test(rest) ? 'text' : 'info';
}

/** Removes the columns before the fence, or its quotation mark, from a line of its block, as far as the line has them. */
export function unindented(line: string, opening: Opening): string {
  if (opening.isQuoted) return line.replace(/^[ \t]*>[ \t]?/, '');
  let left = opening.indent;
  let at = 0;
  while (left > 0 && (line[at] === ' ' || line[at] === '\t')) {
    left -= line[at] === '\t' ? TAB : 1;
    at++;
  }
  return line.slice(at);
}

/** Tells if a line of text would open or close a block. */
export function isFence(line: string): boolean {
  return parseOpening(line) !== undefined;
}
