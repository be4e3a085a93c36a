/** Finds the lines around a cursor that an instruction without a selection is about. */
import { declaredNames } from './code/declarations.ts';
import { languageOf } from './code/languages.ts';
import { isBlank } from './window.ts';

/** Lines of a block beyond which it is too much for an instruction at a cursor. */
const MAX_LINES = 60;
/** Continues or ends a block that a line of the same depth began. */
const CONTINUES =
  /^(?:[)\]}>]|<\/|(?:else|elif|elsif|except|finally|catch|end|fi|done|esac|rescue|ensure|then|do)\b)/;

/** First and last line, zero-based and both included. */
export type LineRange = readonly [first: number, last: number];

function depthOf(line: string): number {
  const white = /^[ \t]*/.exec(line)?.[0] ?? '';
  return [...white].reduce((columns, character) => columns + (character === '\t' ? 4 : 1), 0);
}

/** The block that the line `head` opens: everything deeper behind it, with its closing line. */
function blockOf(lines: readonly string[], head: number): LineRange {
  const depth = depthOf(lines[head] ?? '');
  let last = head;
  for (let index = head + 1; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (isBlank(line)) continue;
    const isPart = depthOf(line) > depth || (depthOf(line) === depth && CONTINUES.test(line.trim()));
    if (!isPart) break;
    last = index;
  }
  return [head, last];
}

/** The line that opens the block around a line. Returns undefined if the line is in none. */
function headOf(lines: readonly string[], at: number): number | undefined {
  const line = lines[at] ?? '';
  const isEnd = CONTINUES.test(line.trim());
  for (let index = at - 1; index >= 0; index--) {
    const above = lines[index] ?? '';
    if (isBlank(above)) continue;
    const difference = depthOf(above) - depthOf(line);
    const isHead = isEnd ? difference === 0 && !CONTINUES.test(above.trim()) : difference < 0;
    if (isHead) return CONTINUES.test(above.trim()) ? headOf(lines, index) : index;
    if (isEnd && difference < 0) return index;
  }
  return undefined;
}

/**
 * Returns the lines that an instruction at a cursor is about: the function around it, else the largest block around it
 * that is not too long, else the line. An empty line is a place for new lines.
 */
export function cursorBlock(lines: readonly string[], at: number, languageId: string): LineRange {
  if (isBlank(lines[at] ?? '')) return [at, at];
  const language = languageOf(languageId);
  let best: LineRange = [at, at];
  for (let head: number | undefined = at; head !== undefined; head = headOf(lines, head)) {
    const block = blockOf(lines, head);
    if (block[1] - block[0] >= MAX_LINES || block[1] < at) break;
    if (block[1] > block[0]) best = block;
    if (declaredNames([lines[head] ?? ''], language, true, true).size > 0) break;
  }
  return best;
}
