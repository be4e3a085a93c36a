/**
 * Drafts from the prompt. An edit mostly repeats the code that it changes, so what follows the last few answered tokens
 * in that code is a good guess for the next ones, and several guesses are evaluated at once.
 */

/** Answered tokens that must occur in the source before a draft is tried. */
const MIN_MATCH = 3;
/** Longest match that is compared, in tokens. */
const MAX_MATCH = 24;
/** Tokens of a draft: the first after a miss, the next after each draft that was right to its end. */
const SIZES = [4, 8, 12] as const;

/** Follows an answer through the source that it copies. */
export class PromptLookup {
  readonly #source: readonly number[];
  readonly #answer: number[] = [];
  /** Index in the source of the expected next token; undefined while nothing matches. */
  #at: number | undefined;
  /** Where the answer left the source, because it mostly goes on behind that place. */
  #left = 0;
  #level = 0;

  /** @param source tokens of the code, as the answer would write them. */
  constructor(source: readonly number[]) {
    this.#source = source;
  }

  /** Notes an answered token. */
  push(token: number): void {
    this.#answer.push(token);
    if (this.#at === undefined) return;
    if (this.#source[this.#at] === token) {
      this.#at++;
    } else {
      this.#left = this.#at;
      this.#at = undefined;
      this.#level = 0;
    }
  }

  /** Notes that a draft was right to its end, so that the next one may be longer. */
  allRight(): void {
    this.#level = Math.min(this.#level + 1, SIZES.length - 1);
  }

  /** Returns a guess of the next tokens; empty if there is none. @param room largest number of tokens. */
  draft(room: number): readonly number[] {
    this.#at ??= this.#find();
    if (this.#at === undefined) return [];
    const size = Math.min(SIZES[this.#level] ?? 0, room);
    return this.#source.slice(this.#at, this.#at + size);
  }

  /** Finds the place behind the longest match; of equal ones the first behind the place that was left. */
  #find(): number | undefined {
    let best: number | undefined;
    let longest = MIN_MATCH - 1;
    for (let index = MIN_MATCH - 1; index < this.#source.length - 1; index++) {
      const length = this.#matchEndingAt(index);
      const isNearer = best !== undefined && best <= this.#left && index + 1 > this.#left;
      if (length > longest || (length === longest && isNearer)) {
        best = index + 1;
        longest = length;
      }
    }
    return best;
  }

  #matchEndingAt(index: number): number {
    let length = 0;
    while (
      length < MAX_MATCH &&
      length <= index &&
      length < this.#answer.length &&
      this.#source[index - length] === this.#answer[this.#answer.length - 1 - length]
    )
      length++;
    return length;
  }
}
