/** Finds names of files in the code spans of an answer while it is streamed, so that a click can open them. */
import { closesFence, type FenceOpening, parseFenceOpening } from './fence.ts';

/** A file that was named. */
export interface PlaceLink {
  /** The name as it stands in the answer. */
  readonly text: string;
  /** The name among those that are known. */
  readonly name: string;
  /** Counted from 1; undefined if none was named. */
  readonly line: number | undefined;
}

/** Text that stays as it is, or a place. */
export type AnswerPart = string | PlaceLink;

/** Longest code span that is held back until it is complete, in characters. */
const MAX_SPAN = 200;
/** Characters that are looked at together: the end of a line is searched for at each of its code spans. */
const MAX_PIECE = 4096;
/** A line that may become a fence. */
const MAYBE_FENCE = /^ {0,3}(?:`{0,2}|~{0,2}|`{3,}[^\n]*|~{3,}[^\n]*)$/;
const PLACE = /^(.+?)(?:(?::|#L)(\d{1,7})(?:[-:]L?\d{1,7})?)?$/;

/** Splits a stream of Markdown. Text is held back no longer than a code span or the start of a fence takes. */
export class PlaceLinks {
  readonly #names: ReadonlySet<string>;
  #held = '';
  #isLineStart = true;
  #fence: FenceOpening | undefined;

  /** @param names paths as they stand in the prompt. */
  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  /** The fence of the block of code that the text so far ends in; empty if it ends in none. */
  get openFence(): string {
    return this.#fence === undefined ? '' : this.#fence.character.repeat(this.#fence.length);
  }

  /** Takes the next piece. @returns what can be shown. */
  push(text: string): AnswerPart[] {
    const parts: AnswerPart[] = [];
    for (let at = 0; at < text.length; at += MAX_PIECE) {
      this.#held += text.slice(at, at + MAX_PIECE);
      parts.push(...this.#take(false));
    }
    return joined(parts);
  }

  /** @returns the rest. */
  end(): AnswerPart[] {
    return this.#take(true);
  }

  #take(isEnd: boolean): AnswerPart[] {
    const parts: AnswerPart[] = [];
    for (;;) {
      const part = this.#next(isEnd);
      if (part === undefined) return joined(parts);
      parts.push(part);
    }
  }

  /** Takes a part off what is held back. Returns undefined if nothing is left or more must come first. */
  #next(isEnd: boolean): AnswerPart | undefined {
    const lineEnd = this.#held.indexOf('\n');
    const line = lineEnd === -1 ? this.#held : this.#held.slice(0, lineEnd);
    if (this.#held === '' || (lineEnd === -1 && !isEnd && this.#isLineStart && MAYBE_FENCE.test(line))) {
      return undefined;
    }
    if (this.#isLineStart) this.#enter(line);
    if (this.#isFenceLine || this.#fence !== undefined) return this.#cut(lineEnd + 1 || this.#held.length);
    const tick = line.indexOf('`');
    if (tick === -1) return this.#cut(lineEnd + 1 || this.#held.length);
    if (tick > 0) return this.#cut(tick);
    const close = line.indexOf('`', 1);
    if (close !== -1) return this.#placeOf(this.#cut(close + 1));
    return lineEnd === -1 && !isEnd && line.length < MAX_SPAN
      ? undefined
      : this.#cut(lineEnd + 1 || this.#held.length);
  }

  #isFenceLine = false;

  /** Follows the fences at the start of a line. */
  #enter(line: string): void {
    this.#isFenceLine = false;
    if (this.#fence !== undefined) {
      if (!closesFence(line, this.#fence)) return;
      this.#fence = undefined;
      this.#isFenceLine = true;
      return;
    }
    this.#fence = parseFenceOpening(line);
    this.#isFenceLine = this.#fence !== undefined;
  }

  #cut(length: number): string {
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    this.#isLineStart = text.endsWith('\n');
    return text;
  }

  #placeOf(span: string): AnswerPart {
    const text = span.slice(1, -1);
    const [, path = '', line] = PLACE.exec(text) ?? [];
    const name = this.#names.has(path) ? path : this.#named(path);
    return name === undefined ? span : { text, name, line: line === undefined ? undefined : Number(line) };
  }

  /** Finds the only name that ends with a file's name. */
  #named(path: string): string | undefined {
    const found = [...this.#names].filter((name) => path !== '' && name.endsWith(`/${path}`));
    return found.length === 1 ? found[0] : undefined;
  }
}

function joined(parts: readonly AnswerPart[]): AnswerPart[] {
  const result: AnswerPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (typeof part === 'string' && typeof last === 'string') result[result.length - 1] = last + part;
    else result.push(part);
  }
  return result;
}
