/** Pieces of an answer that were told, and all of them together. */
import type { AnswerCall, AnswerPiece } from '../answer.ts';
import { withoutIndentation } from '../stretch.ts';
import { CodeSpans } from './codeSpans.ts';

/** Collects text, thoughts and calls. */
export class Said {
  #pieces: AnswerPiece[] = [];
  #text = '';
  #thought = '';
  readonly #calls: AnswerCall[] = [];
  readonly #code = new CodeSpans();
  /** White space before a mark or behind it, which is text only if text follows. */
  #space = '';
  #hasMarks = false;
  #isLineStart = true;
  #isBehindCall = false;
  #lastThought = '';

  get text(): string {
    return this.#text;
  }

  get thought(): string {
    return this.#thought.trim();
  }

  get calls(): readonly AnswerCall[] {
    return this.#calls;
  }

  /** The text so far, as code. */
  get code(): CodeSpans {
    return this.#code;
  }

  /** Tells if text may be at the start of a line, where bare calls begin. */
  get isLineStart(): boolean {
    return this.#isLineStart;
  }

  /** True if nothing but white space came behind a call. */
  get isBehindCall(): boolean {
    return this.#isBehindCall;
  }

  /** The last character of the thoughts. */
  get lastThought(): string {
    return this.#lastThought;
  }

  /** @returns the pieces since the last time. */
  taken(): readonly AnswerPiece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /** A mark follows, which is no part of the text. */
  mark(): void {
    this.#hasMarks = true;
    this.#isLineStart = true;
    this.#code.reset();
  }

  call(call: AnswerCall): void {
    this.#calls.push(call);
    this.#pieces.push({ type: 'call', call });
    this.mark();
    this.#isBehindCall = true;
  }

  /** A call without marks takes its line. */
  dropIndentation(): void {
    this.#space = withoutIndentation(this.#space);
  }

  say(type: 'text' | 'thought', text: string): void {
    if (text === '') return;
    if (type === 'thought') {
      this.#lastThought = text.slice(-1);
      const said = this.#thought === '' ? text.trimStart() : text;
      if (said === '') return;
      this.#thought += said;
      this.#pieces.push({ type, text: said });
      return;
    }
    const line = text.slice(text.lastIndexOf('\n') + 1);
    this.#isLineStart = /^[ \t]*$/.test(line) && (line.length < text.length || this.#isLineStart);
    this.#code.push(text);
    this.#sayText(text);
  }

  /** White space around thoughts and calls is held until text follows. */
  #sayText(text: string): void {
    const end = text.trimEnd();
    const space = text.slice(end.length);
    if (end === '') {
      // Not read again: an answer may be nothing but white space.
      this.#space += space;
      return;
    }
    this.#isBehindCall = false;
    const said = this.#space + end;
    const start = this.#hasMarks && this.#text === '' ? said.trimStart() : said;
    this.#space = space;
    this.#text += start;
    this.#pieces.push({ type: 'text', text: start });
  }
}
