/** A limit of bytes in a second, over all connections that share it. */
import { sleep } from '../oci/index.ts';

/** Milliseconds of the limit that may be used at once. */
const BURST_MS = 200;

/** The longest wait that a timer can do. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** What holds the network back. */
export interface Pace {
  /**
   * Counts bytes that have come.
   * @returns what to wait for before more may come, which fails with `cancelled`; undefined where there is none.
   */
  take(bytes: number, signal: AbortSignal | undefined): Promise<void> | undefined;
}

/** Lets bytes through at a rate. */
export class Bandwidth implements Pace {
  readonly #now: () => number;
  #bytesPerSecond = 0;
  /** Bytes that may be taken; negative where some were taken in advance. */
  #credit = 0;
  #at: number;

  /** @param now milliseconds, of any origin. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#at = now();
  }

  /** Bytes in a second; 0 for no limit. */
  set limit(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#credit = Math.min(this.#credit, 0);
  }

  /**
   * Counts bytes that have come.
   * @returns what to wait for before more may come, which fails with `cancelled`; undefined where there is none.
   */
  take(bytes: number, signal: AbortSignal | undefined): Promise<void> | undefined {
    const rate = this.#bytesPerSecond / 1000;
    if (rate === 0) return undefined;
    const now = this.#now();
    this.#credit = Math.min(rate * BURST_MS, this.#credit + (now - this.#at) * rate) - bytes;
    this.#at = now;
    // Whoever comes next waits behind this one, because the credit is below zero until then.
    return this.#credit < 0 ? sleep(Math.min(-this.#credit / rate, MAX_WAIT_MS), signal) : undefined;
  }
}
