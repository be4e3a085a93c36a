/** Computes the smallest replacement that turns some lines of a document into others. Pure. */

/** A replacement in zero-based lines and UTF-16 columns. */
export interface LineEdit {
  readonly startLine: number;
  readonly startCharacter: number;
  readonly endLine: number;
  readonly endCharacter: number;
  readonly text: string;
}

/** Facts about the surrounding document. */
export interface LineContext {
  /** The document's line that `before[0]` is. */
  readonly startLine: number;
  /** Number of lines of the document. */
  readonly lineCount: number;
  /** Returns the length of a line of the document in characters, without its line break. */
  readonly lengthOf: (line: number) => number;
  readonly eol: string;
}

/**
 * Computes the edit that replaces the document's lines `before` with `after`.
 * @param before at least one line. @param after may be empty; then the line breaks are removed as well.
 * @returns undefined if nothing changes.
 */
export function lineEdit(
  before: readonly string[],
  after: readonly string[],
  context: LineContext,
): LineEdit | undefined {
  let prefix = 0;
  while (prefix < before.length && prefix < after.length && before[prefix] === after[prefix]) prefix++;
  let suffix = 0;
  while (
    suffix < before.length - prefix &&
    suffix < after.length - prefix &&
    before[before.length - 1 - suffix] === after[after.length - 1 - suffix]
  ) {
    suffix++;
  }
  const removed = before.length - prefix - suffix;
  const text = after.slice(prefix, after.length - suffix).join(context.eol);
  const added = after.length - prefix - suffix;
  if (removed === 0 && added === 0) return undefined;
  const first = context.startLine + prefix;
  if (removed === 0) return insertion(first, text, context);
  const last = first + removed - 1;
  if (added === 0) return removal(first, last, context);
  return {
    startLine: first,
    startCharacter: 0,
    endLine: last,
    endCharacter: context.lengthOf(last),
    text,
  };
}

function insertion(line: number, text: string, { lineCount, lengthOf, eol }: LineContext): LineEdit {
  if (line < lineCount) {
    return { startLine: line, startCharacter: 0, endLine: line, endCharacter: 0, text: text + eol };
  }
  const end = { line: line - 1, character: lengthOf(line - 1) };
  return {
    startLine: end.line,
    startCharacter: end.character,
    endLine: end.line,
    endCharacter: end.character,
    text: eol + text,
  };
}

function removal(first: number, last: number, { lineCount, lengthOf }: LineContext): LineEdit {
  if (last + 1 < lineCount) {
    return { startLine: first, startCharacter: 0, endLine: last + 1, endCharacter: 0, text: '' };
  }
  // The document's last line has no line break of its own, so the one before it is removed.
  const startLine = first === 0 ? 0 : first - 1;
  return {
    startLine,
    startCharacter: first === 0 ? 0 : lengthOf(startLine),
    endLine: last,
    endCharacter: lengthOf(last),
    text: '',
  };
}
