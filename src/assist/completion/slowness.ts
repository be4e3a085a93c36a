/**
 * Tells if a model answers slower than the user types. Such a model shows next to nothing: its completions arrive when
 * the next keys have made them stale, and whoever waits for one does not know that none will come.
 */

/** Requests that the answer is taken from, and those of them that are needed to say anything. */
const LATEST = 12;
const NEEDED = 8;
/** Share of them that is late in a model that is slow. */
const SLOW_SHARE = 0.75;
/** A completion that is there within these milliseconds comes in a pause that people make by themselves. */
const PATIENCE_MS = 700;
/** Keys that are typed until a completion is late. */
const LATE_KEYS = 3;

/** Watches how long requests take. */
export class Slowness {
  #late: boolean[] = [];

  /** True once most of the latest requests were late. */
  get isSlow(): boolean {
    const late = this.#late.filter(Boolean).length;
    return this.#late.length >= NEEDED && late / this.#late.length >= SLOW_SHARE;
  }

  /**
   * Takes note of a request.
   * @param ms milliseconds that it took so far.
   * @param keyMs mean milliseconds between two keys; undefined if that is not known yet.
   * @param isWhole false if it was ended by typing, which tells nothing about one that was not late yet.
   */
  note(ms: number, keyMs: number | undefined, isWhole: boolean): void {
    const isLate = ms > Math.max(PATIENCE_MS, LATE_KEYS * (keyMs ?? 0));
    if (isLate || isWhole) this.#late = [...this.#late, isLate].slice(-LATEST);
  }
}
