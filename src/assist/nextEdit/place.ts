/** A document that was just edited, as models for the next edit see it. */
import type { ContextFile } from '../../inference/index.ts';
import type { LastEdit } from '../completion/context/index.ts';

/** Lines that somebody replaced in a file. */
export interface ChangedLines {
  readonly path: string;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** Lines of a document, 0-based, without the one at `end`. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

/** An edited document with its cursor. */
export interface EditedPlace {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly lines: readonly string[];
  /** 0-based, in UTF-16 code units. */
  readonly cursor: { readonly line: number; readonly character: number };
  /** The edit that goes on in this document. */
  readonly last: LastEdit | undefined;
  /** The latest edits of all documents, the oldest first. */
  readonly edits: readonly ChangedLines[];
  /** Texts of other places. */
  readonly files: readonly ContextFile[];
  /** Lines in which the user just undid something. */
  readonly undone: readonly LineRange[];
}

/** Returns the lines around the cursor, as many as there are. */
export function windowAround({ lines, cursor }: EditedPlace, above: number, below: number): LineRange {
  // The empty line behind the last line end is none of the file's.
  const isOpen = lines.at(-1) === '' && cursor.line < lines.length - 1;
  const last = isOpen ? lines.length - 1 : lines.length;
  return { start: Math.max(0, cursor.line - above), end: Math.min(last, cursor.line + below + 1) };
}

/** Returns the lines of a window as they were before the last edit. */
export function windowBefore({ lines, last }: EditedPlace, { start, end }: LineRange): readonly string[] {
  if (last === undefined) return lines.slice(start, end);
  const { line, removed, added } = last.edit;
  const grown = added.length - removed.length;
  const behind = line + added.length;
  const from = start <= line ? start : start >= behind ? start - grown : line;
  const to = end <= line ? end : end >= behind ? end - grown : line + removed.length;
  return last.before.slice(from, Math.max(from, to));
}
