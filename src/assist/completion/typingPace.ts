/**
 * The pause before a request, from the user's own typing. Whoever types faster than the model answers would start and
 * cancel a request at every key; a pause that is longer than usual tells that a completion is welcome.
 */
import type { Place } from './place.ts';

/** Keys that the pace is taken from. */
const KEYS = 12;
/** A longer interval is a pause for thought and tells nothing about the pace, in milliseconds. */
const LONGEST_MS = 1_000;
/** The pause before the first keys are known, its bounds, and its ratio to the mean interval. */
const FIRST_MS = 80;
const LEAST_MS = 15;
const MOST_MS = 300;
const RATIO = 1.2;
/** After these a completion is likely, and likely right. */
const TRIGGER = /[\n([{.,=:]\s*$|^\s*$/;
const TRIGGER_RATIO = 0.4;

/** Watches the user's typing. */
export class TypingPace {
  #intervals: number[] = [];
  #last: { readonly place: Place; readonly at: number } | undefined;

  /** Notes that the cursor is at a place. @param at milliseconds on any clock. */
  note(place: Place, at: number): void {
    const last = this.#last;
    this.#last = { place, at };
    if (last === undefined || last.place.document !== place.document) return;
    const interval = at - last.at;
    const typed = place.prefix.length - last.place.prefix.length;
    // Only keys count, no pasted text and no jumps.
    if (interval > LONGEST_MS || typed < 1 || typed > 2) return;
    this.#intervals = [...this.#intervals, interval].slice(-KEYS);
  }

  /** The mean time between two keys in milliseconds; undefined before a few of them. */
  get intervalMs(): number | undefined {
    if (this.#intervals.length < 3) return undefined;
    return this.#intervals.reduce((sum, interval) => sum + interval, 0) / this.#intervals.length;
  }

  /**
   * Returns how long to wait before a request, in milliseconds.
   * @param expectedMs time that a request takes. A slow model is asked sooner, since it has its pause by itself.
   */
  delayMs({ prefix }: Place, expectedMs: number): number {
    const mean = this.intervalMs;
    if (mean === undefined) return FIRST_MS;
    const line = prefix.slice(prefix.lastIndexOf('\n') + 1);
    const ratio = TRIGGER.test(line) ? TRIGGER_RATIO : RATIO;
    return Math.min(MOST_MS, Math.max(LEAST_MS, ratio * mean - expectedMs / 4));
  }
}
