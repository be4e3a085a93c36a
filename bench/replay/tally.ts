/** The figures of a replay. */

/** Figures of a replay. Shares are 0 to 1. */
export interface ReplayReport {
  /** Keys of the files without any completion. */
  readonly keys: number;
  /** Share of the keys that completions saved; taking one costs a key. */
  readonly keystrokesSaved: number;
  readonly shown: number;
  /** Share of the shown completions that were right to the end. */
  readonly shownRight: number;
  readonly accepted: number;
  /** Characters of shown completions that were wrong: those behind the first that differs, each completion once. */
  readonly wrongCharacters: number;
  /** The same for each completion that was taken. */
  readonly wrongPerAccepted: number;
  /** Milliseconds from a key to its completion. */
  readonly ghostMsP50: number;
  readonly ghostMsP90: number;
  readonly requestsPer100: number;
  /** Mean milliseconds of a request in the engine. */
  readonly engineMs: number;
}

/** Counts while files are typed. */
export class Tally {
  #typed = 0;
  #accepted = 0;
  #acceptedCharacters = 0;
  #right = 0;
  #wrongCharacters = 0;
  readonly #ghostMs: number[] = [];
  readonly #engineMs: number[] = [];

  /** A key. */
  typed(): void {
    this.#typed++;
  }

  /** A completion appeared. @param ms milliseconds after the key. */
  shown(ms: number, isRight: boolean, wrongCharacters: number): void {
    this.#ghostMs.push(ms);
    if (isRight) this.#right++;
    this.#wrongCharacters += wrongCharacters;
  }

  /** A completion was taken. */
  accepted(characters: number): void {
    this.#accepted++;
    this.#acceptedCharacters += characters;
  }

  /** The engine was asked. */
  request(ms: number): void {
    this.#engineMs.push(ms);
  }

  report(): ReplayReport {
    const keys = this.#typed + this.#acceptedCharacters;
    const requests = this.#engineMs.length;
    return {
      keys,
      keystrokesSaved: share(this.#acceptedCharacters - this.#accepted, keys),
      shown: this.#ghostMs.length,
      shownRight: share(this.#right, this.#ghostMs.length),
      accepted: this.#accepted,
      wrongCharacters: this.#wrongCharacters,
      wrongPerAccepted: share(this.#wrongCharacters, this.#accepted),
      ghostMsP50: at(this.#ghostMs, 0.5),
      ghostMsP90: at(this.#ghostMs, 0.9),
      requestsPer100: 100 * share(requests, this.#typed),
      engineMs: share(
        this.#engineMs.reduce((sum, ms) => sum + ms, 0),
        requests,
      ),
    };
  }
}

/** Returns a ratio with three digits behind the point. */
function share(part: number, whole: number): number {
  return Math.round((1_000 * part) / whole) / 1_000;
}

function at(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(fraction * (sorted.length - 1))] ?? Number.NaN);
}
