/**
 * Drafts from the prompt. An edit mostly repeats the code that it changes, so what follows the last few answered tokens
 * in that code is a good guess for the next ones, and several guesses are evaluated at once.
 */

/** Answered tokens that must occur in the source before a draft is tried. */
const MIN_MATCH = 3;
/** Longest match that is compared, in tokens. */
const MAX_MATCH = 24;
/**
 * Positions of a batch: the last token and its draft. The first size is that after a miss, the next that after each draft
 * that was right to its end. Larger first steps cost more where lines change than they save where none does.
 */
const SIZES = [8, 16, 24, 32] as const;
/** Rows that llama.cpp's kernels for processors multiply at once; rows beside them cost up to four times as much. */
const ROWS = 4;
/** Drafted tokens after which drafts that cost more than they save are given up for this answer. */
const TRIAL_TOKENS = 64;

/** Tokens of an answer, and the milliseconds that they took. */
interface Cost {
  tokens: number;
  ms: number;
}

function add(cost: Cost, tokens: number, ms: number): void {
  cost.tokens += tokens;
  cost.ms += ms;
}

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
  readonly #single: Cost = { tokens: 0, ms: 0 };
  readonly #batched: Cost = { tokens: 0, ms: 0 };

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

  /**
   * Notes how many tokens of a draft were right. After one that was right to its end, the next one may be longer.
   * @param drafted 0 if there was no draft.
   * @param ms duration of the batch, milliseconds.
   */
  checked(drafted: number, right: number, ms: number): void {
    this.#drafted += drafted;
    add(drafted === 0 ? this.#single : this.#batched, right + 1, ms);
    if (drafted > 0 && right === drafted) this.#level = Math.min(this.#level + 1, SIZES.length - 1);
  }

  /**
   * Tells if drafts cost more than they save in this answer. Measured, because eight positions cost one and a half to six
   * times as much as one, depending on the processor and the weights.
   */
  get #isGivenUp(): boolean {
    if (this.#drafted < TRIAL_TOKENS) return false;
    const [single, batched] = [this.#single, this.#batched];
    return batched.ms * single.tokens > single.ms * batched.tokens;
  }

  /** Returns a guess of the next tokens; empty if there is none. @param room largest number of tokens. */
  draft(room: number): readonly number[] {
    if (this.#isGivenUp) return [];
    this.#at ??= this.#find();
    if (this.#at === undefined) return [];
    const positions = Math.min(SIZES[this.#level] ?? 0, room + 1, this.#source.length - this.#at + 1);
    return this.#source.slice(this.#at, this.#at + Math.max(1, positions - (positions % ROWS)) - 1);
  }

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
