/** Code in a text of Markdown while it arrives: marks within it are what the code says, and no marks of the model's. */

/** Characters of a line that tell if it is a fence. */
const MAX_LINE = 80;
/** A fence behind the marks of quotes and lists, and what stands behind it on its line. */
const FENCE = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)$/;
const QUOTES = '`"\'';

/** Follows a text. */
export class CodeSpans {
  /** The fence that is open. */
  #fence: string | undefined;
  /** The beginning of the line. */
  #line = '';
  /** Backticks that opened code within the line; 0 outside of it. */
  #span = 0;
  /** Backticks at the end. */
  #run = 0;
  #last = '';

  push(text: string): void {
    if (text === '') return;
    this.#last = text[text.length - 1] ?? '';
    for (const [part] of text.matchAll(/[^\n]*(?:\n|$)/g)) {
      const line = part.endsWith('\n') ? part.slice(0, -1) : part;
      if (this.#line.length < MAX_LINE) this.#line += line.slice(0, MAX_LINE - this.#line.length);
      this.#countTicks(line);
      if (line.length < part.length) this.#endLine();
    }
  }

  /** Tells if what follows is code. */
  get isCode(): boolean {
    const found = FENCE.exec(this.#line);
    if (this.#fence !== undefined) return found === null || !closes(found, this.#fence);
    if (found !== null) return true;
    return this.#run > 0 ? this.#span !== this.#run : this.#span > 0;
  }

  /** Tells if a text that follows stands between two quotes. @param next the character behind it; empty if unknown. */
  isQuoted(next: string): boolean | 'more' {
    if (this.#last === '' || !QUOTES.includes(this.#last)) return false;
    return next === '' ? 'more' : next === this.#last;
  }

  /** Something that is no text follows. */
  reset(): void {
    this.#fence = undefined;
    this.#last = '';
    this.#newLine();
  }

  #countTicks(line: string): void {
    for (const [part] of line.matchAll(/`+|[^`]+/g)) {
      if (part.startsWith('`')) {
        this.#run += part.length;
        continue;
      }
      this.#endRun();
    }
  }

  #endRun(): void {
    if (this.#run === 0) return;
    if (this.#span === 0) this.#span = this.#run;
    else if (this.#span === this.#run) this.#span = 0;
    this.#run = 0;
  }

  #endLine(): void {
    const found = FENCE.exec(this.#line);
    if (this.#fence === undefined) {
      // Backticks behind others on a line are code within it.
      if (found !== null && !found[2]?.includes('`')) this.#fence = found[1];
    } else if (found !== null && closes(found, this.#fence)) this.#fence = undefined;
    this.#newLine();
  }

  #newLine(): void {
    this.#line = '';
    this.#span = 0;
    this.#run = 0;
  }
}

function closes([, run = '', rest = '']: RegExpExecArray, fence: string): boolean {
  return run.startsWith(fence) && rest.trim() === '';
}
