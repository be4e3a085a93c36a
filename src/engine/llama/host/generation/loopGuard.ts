/**
 * Notices an answer that only repeats itself, as small models do: the last tokens are one group of tokens several times
 * in a row.
 */

/** Longest group that is noticed, in tokens: about ten lines of code. */
const MAX_PERIOD = 192;
/** Repetitions after the first one. Lists and tables of code repeat a group a few times, but end. */
const REPETITIONS = 5;
/** Repeated tokens at least, because short groups, such as `0, ` in a table of numbers, are repeated rightly. */
const MIN_TOKENS = 128;

/** Looks at the tokens of one answer. Costs {@link MAX_PERIOD} comparisons a token, microseconds. */
export class LoopGuard {
  readonly #tokens: number[] = [];
  /** For each period the number of last tokens that equal the token one period before. */
  readonly #runs = new Uint32Array(MAX_PERIOD + 1);

  /** Returns true if the answer goes round in circles with this token. */
  push(token: number): boolean {
    const index = this.#tokens.push(token) - 1;
    let isLoop = false;
    for (let period = 1; period <= MAX_PERIOD; period++) {
      const run = this.#tokens[index - period] === token ? (this.#runs[period] ?? 0) + 1 : 0;
      this.#runs[period] = run;
      if (run >= Math.max(period * REPETITIONS, MIN_TOKENS)) isLoop = true;
    }
    return isLoop;
  }
}
