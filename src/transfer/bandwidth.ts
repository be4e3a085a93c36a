/** Limits the bytes per second of all connections that share it. */
import { sleep } from '../oci/index.ts';

/** Unused allowance that may be spent at once, in milliseconds at the limit. */
const BURST_MS = 200;

/** The longest delay of a timer, milliseconds. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** Holds the network back. */
export interface Pace {
  /**
   * Counts bytes that have arrived.
   * @returns a promise to await before reading more, which rejects with `cancelled`, or undefined to go on at once.
   */
  take(bytes: number, signal: AbortSignal | undefined): Promise<void> | undefined;
}

/** A pace of so many bytes per second. */
export class Bandwidth implements Pace {
  readonly #now: () => number;
  #bytesPerSecond = 0;
  /** Bytes that may be taken; negative if some were taken in advance. */
  #credit = 0;
  #at: number;

  /** @param now milliseconds, of any origin. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#at = now();
  }

  /** Bytes per second; 0 for no limit. */
  set limit(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#credit = Math.min(this.#credit, 0);
  }

  take(bytes: number, signal: AbortSignal | undefined): Promise<void> | undefined {
    const rate = this.#bytesPerSecond / 1000;
    if (rate === 0) return undefined;
    const now = this.#now();
    this.#credit = Math.min(rate * BURST_MS, this.#credit + (now - this.#at) * rate) - bytes;
    this.#at = now;
    // Later callers wait behind this one, because the credit is below zero until then.
    return this.#credit < 0 ? sleep(Math.min(-this.#credit / rate, MAX_WAIT_MS), signal) : undefined;
  }
}
