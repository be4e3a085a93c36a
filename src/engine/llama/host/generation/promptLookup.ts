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
/** Drafted tokens after which drafts that are mostly wrong are given up for this answer. */
const TRIAL_TOKENS = 64;
/** Least share of right tokens: each drafted one costs up to a third of a decode. */
const MIN_RIGHT_SHARE = 0.35;

/** Follows an answer through the source that it copies. */
export class PromptLookup {
  readonly #source: readonly number[];
  readonly #answer: number[] = [];
  /** Index in the source of the expected next token; undefined while nothing matches. */
  #at: number | undefined;
  /** Where the answer left the source, because it mostly goes on behind that place. */
  #left = 0;
  #level = 0;
  #drafted = 0;
  #right = 0;

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

  /** Notes how many tokens of a draft were right. After one that was right to its end, the next one may be longer. */
  checked(drafted: number, right: number): void {
    this.#drafted += drafted;
    this.#right += right;
    if (drafted > 0 && right === drafted) this.#level = Math.min(this.#level + 1, SIZES.length - 1);
  }

  /** Tells if drafts cost more than they save in this answer. */
  get #isGivenUp(): boolean {
    return this.#drafted >= TRIAL_TOKENS && this.#right < this.#drafted * MIN_RIGHT_SHARE;
  }

  /** Returns a guess of the next tokens; empty if there is none. @param room largest number of tokens. */
  draft(room: number): readonly number[] {
    if (this.#isGivenUp) return [];
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
