/** How fast the parts of a blob come, and which of them are so slow that a new connection is worth a try. */

/** Milliseconds over which the speed of a part is measured; no part is called slow before. */
const WINDOW_MS = 5_000;
/** A part below this share of the median speed is slow. */
const SLOW_SHARE = 0.1;
/** Parts that have to be known, so that there is a median to speak of. */
const MIN_KNOWN = 3;
/** Finished parts whose speed is remembered. */
const REMEMBERED = 16;

/** A part that is on its way. */
export interface RunningPart {
  /** Bytes that came. */
  received(bytes: number): void;
  /** Ends the measurement. */
  end(): void;
}

interface Measured {
  readonly startedAt: number;
  readonly onSlow: () => void;
  bytes: number;
  /** Where the window begins. */
  windowAt: number;
  windowBytes: number;
  /** Bytes in a second of the last window; undefined before the first one has ended. */
  speed: number | undefined;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Measures the parts of one blob. */
export class PartSpeeds {
  readonly #now: () => number;
  readonly #running = new Set<Measured>();
  readonly #finished: number[] = [];

  /** @param now milliseconds, of any origin. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins to measure a part. @param onSlow called by {@link check}, once at most. */
  begin(onSlow: () => void): RunningPart {
    const now = this.#now();
    const part: Measured = {
      startedAt: now,
      onSlow,
      bytes: 0,
      windowAt: now,
      windowBytes: 0,
      speed: undefined,
    };
    this.#running.add(part);
    return {
      received: (bytes) => {
        part.bytes += bytes;
      },
      end: () => this.#end(part),
    };
  }

  /** Bytes in a second of the part in the middle; 0 while it is not known. */
  get median(): number {
    return median(this.#speeds());
  }

  /** Tells the parts that are slow. To be called about once a second. */
  check(): void {
    const now = this.#now();
    for (const part of this.#running) {
      if (now - part.windowAt < WINDOW_MS) continue;
      part.speed = ((part.bytes - part.windowBytes) * 1000) / (now - part.windowAt);
      part.windowAt = now;
      part.windowBytes = part.bytes;
    }
    const speeds = this.#speeds();
    if (speeds.length < MIN_KNOWN) return;
    const limit = median(speeds) * SLOW_SHARE;
    for (const part of [...this.#running]) {
      if (part.speed === undefined || part.speed >= limit) continue;
      this.#running.delete(part);
      part.onSlow();
    }
  }

  #speeds(): number[] {
    const running = [...this.#running].flatMap(({ speed }) => (speed === undefined ? [] : [speed]));
    return [...this.#finished, ...running];
  }

  #end(part: Measured): void {
    const ms = this.#now() - part.startedAt;
    if (!this.#running.delete(part) || part.bytes === 0 || ms <= 0) return;
    this.#finished.push((part.bytes * 1000) / ms);
    if (this.#finished.length > REMEMBERED) this.#finished.shift();
  }
}
