/**
 * Tells when a body arrives so slowly that it will never be complete. A server that sends a byte now and then does not
 * stall, and a download of it would go on for years. The floor is far below every line: on GPRS each of eight connections
 * is thirty times as fast.
 */

/** Milliseconds over which the speed is measured. A line that is gone for some minutes is none of these. */
export const FLOOR_WINDOW_MS = 5 * 60_000;
/** Bytes per second below which a new connection is worth a try. */
const FLOOR_BYTES_PER_SECOND = 16;

/** Measures one body. Only the time in which this side waits for the server counts. */
export class SpeedFloor {
  readonly #now: () => number;
  #waitedMs = 0;
  #waitingSince: number | undefined;
  #bytes = 0;

  /** @param now milliseconds of a monotonic clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins to wait for the server, or goes on. */
  wait(): void {
    this.#waitingSince ??= this.#now();
  }

  /** Ends waiting. */
  rest(): void {
    if (this.#waitingSince === undefined) return;
    this.#waitedMs += this.#now() - this.#waitingSince;
    this.#waitingSince = undefined;
  }

  /**
   * Counts bytes that arrived.
   * @returns the bytes of a whole window that was too slow, or undefined.
   */
  received(bytes: number): number | undefined {
    this.#bytes += bytes;
    const waitedMs =
      this.#waitedMs + (this.#waitingSince === undefined ? 0 : this.#now() - this.#waitingSince);
    if (waitedMs < FLOOR_WINDOW_MS) return undefined;
    const arrived = this.#bytes;
    const isSlow = arrived * 1000 < FLOOR_BYTES_PER_SECOND * waitedMs;
    this.#bytes = 0;
    this.#waitedMs = 0;
    if (this.#waitingSince !== undefined) this.#waitingSince = this.#now();
    return isSlow ? arrived : undefined;
  }
}
