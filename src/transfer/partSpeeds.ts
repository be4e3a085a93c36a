/** Measures the speed of a blob's parts, and finds those that are so slow that a new connection is worth a try. */

/** Milliseconds over which the speed of a part is measured; until then no part counts as slow. */
const WINDOW_MS = 5_000;
/** A part below this share of the median speed is slow. */
const SLOW_SHARE = 0.1;
/** The fewest measured parts for a meaningful median. */
const MIN_KNOWN = 3;
/** Finished parts whose speed is remembered. */
const REMEMBERED = 16;

/** A part that is being received. */
export interface RunningPart {
  /** Counts bytes that arrived. */
  received(bytes: number): void;
  /** Ends the measurement. */
  end(): void;
}

interface Measured {
  readonly startedAt: number;
  readonly onSlow: () => void;
  bytes: number;
  /** Start of the current window. */
  windowAt: number;
  windowBytes: number;
  /** Bytes per second in the last window; undefined until the first one has ended. */
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

  /** Begins to measure a part. @param onSlow called by {@link check}, at most once. */
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

  /** The median speed in bytes per second; 0 while it is unknown. */
  get median(): number {
    return median(this.#speeds());
  }

  /** Notifies slow parts. Call about once a second. */
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
