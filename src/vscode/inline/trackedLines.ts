/** Follows whole lines of a document through its changes, as VS Code reports them. Pure. */

/** A position in zero-based lines and UTF-16 columns. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** One of the changes of an event, in the shape of VS Code's `TextDocumentContentChangeEvent`. */
export interface TextChange {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly text: string;
}

/** Returns the text of a line, undefined if there is none. */
export type LineAt = (line: number) => string | undefined;

const LINE_BREAK = /\r\n|\r|\n/;

function compare(a: Position, b: Position): number {
  return a.line - b.line || a.character - b.character;
}

/** Returns the position after `text`, if it stands at `start`. */
function endOf(start: Position, text: string): Position {
  const lines = text.split(LINE_BREAK);
  const last = lines.at(-1) ?? '';
  const character = lines.length === 1 ? start.character + last.length : last.length;
  return { line: start.line + lines.length - 1, character };
}

/** Moves a position that is at or behind the end of a change. */
function moved(position: Position, end: Position, newEnd: Position): Position {
  const line = position.line + newEnd.line - end.line;
  if (position.line !== end.line) return { line, character: position.character };
  return { line, character: position.character + newEnd.character - end.character };
}

/**
 * Some whole lines of a document. Text that others insert before or behind them moves them or does nothing; text that is
 * changed inside belongs to them, so that undoing the change brings the same lines back.
 */
export class TrackedLines {
  readonly #original: readonly string[];
  #start: Position = { line: 0, character: 0 };
  #end: Position = { line: 0, character: 0 };

  /** @param lines the lines, at least one. @param first the zero-based number of the first one. */
  constructor(lines: readonly string[], first: number) {
    this.#original = lines;
    this.#place(first);
  }

  /** The zero-based number of the first line. */
  get first(): number {
    return this.#start.line;
  }

  /** The zero-based number of the last line. */
  get last(): number {
    return this.#end.line;
  }

  /**
   * Follows the changes of one event, in the order in which VS Code has them.
   * @param lineAt the text of a line of the document as it is after them; undefined behind its end.
   */
  apply(changes: readonly TextChange[], lineAt: LineAt): void {
    /** The lines that changes inside have left. */
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (const change of changes) {
      const { start, end } = change.range;
      const newEnd = endOf(start, change.text);
      if (end.line <= from) {
        from += newEnd.line - end.line;
        to += newEnd.line - end.line;
      }
      if (compare(end, this.#start) >= 0 && compare(start, this.#end) <= 0) {
        from = Math.min(from, start.line);
        to = Math.max(to, newEnd.line);
      }
      this.#apply(change, newEnd);
    }
    if (from <= to && !this.isUnchanged(lineAt)) this.#findIn(from, to, lineAt);
  }

  /** Tells if the document still has the lines. */
  isUnchanged(lineAt: LineAt): boolean {
    if (this.#start.character !== 0 || this.last - this.first + 1 !== this.#original.length) return false;
    return this.#isAt(this.first, lineAt);
  }

  #isAt(first: number, lineAt: LineAt): boolean {
    return this.#original.every((text, index) => lineAt(first + index) === text);
  }

  #apply({ range: { start, end }, text }: TextChange, newEnd: Position): void {
    const isAround = compare(start, this.#start) <= 0 && compare(end, this.#end) >= 0;
    if (isAround && this.#findInText(start, end, text)) return;
    const first = this.#movedStart(start, end, newEnd);
    const last = this.#movedEnd(start, end, newEnd, text);
    this.#start = first;
    this.#end = compare(last, first) < 0 ? first : last;
  }

  #movedStart(start: Position, end: Position, newEnd: Position): Position {
    const position = this.#start;
    if (compare(position, start) < 0) return position;
    if (compare(position, end) < 0) return start;
    const target = moved(position, end, newEnd);
    // Whole lines before the first one move it. Anything else becomes a part of it.
    if (compare(position, start) === 0 && target.character !== 0) return position;
    return target;
  }

  #movedEnd(start: Position, end: Position, newEnd: Position, text: string): Position {
    const position = this.#end;
    if (compare(position, start) < 0) return position;
    if (compare(position, start) === 0 && LINE_BREAK.test(text.slice(0, 1))) return position;
    if (compare(position, end) < 0) return newEnd;
    return moved(position, end, newEnd);
  }

  /**
   * Finds the lines in a text that replaces them with everything around: other line ends, a file that was read again.
   * They are looked for as far from its beginning as they were, then as far from its end.
   */
  #findInText(start: Position, end: Position, text: string): boolean {
    const lines = text.split(LINE_BREAK);
    const found = [this.first - start.line, lines.length - 1 - (end.line - this.first)].find(
      // The first line of the text may begin outside of it.
      (at) => (at > 0 || (at === 0 && start.character === 0)) && this.#isAt(at, (line) => lines[line]),
    );
    if (found === undefined) return false;
    this.#place(start.line + found);
    return true;
  }

  /** Finds the lines again after a change inside was undone, if they are there once. */
  #findIn(from: number, to: number, lineAt: LineAt): void {
    const places: number[] = [];
    for (let first = Math.max(0, from - this.#original.length + 1); first <= to; first++) {
      if (this.#isAt(first, lineAt)) places.push(first);
    }
    const [only] = places;
    if (only !== undefined && places.length === 1) this.#place(only);
  }

  #place(first: number): void {
    this.#start = { line: first, character: 0 };
    this.#end = { line: first + this.#original.length - 1, character: (this.#original.at(-1) ?? '').length };
  }
}
