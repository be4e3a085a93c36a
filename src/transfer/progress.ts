/** How far a pull is, how fast it goes and how long it will take. */
import { formatByteProgress, formatBytes, formatSpeed, formatTimeLeft } from '../base/format.ts';

/** The steps of a pull. */
export type PullPhase = 'resolving' | 'downloading' | 'verifying' | 'done';

/** A report of a pull. */
export interface PullProgress {
  readonly phase: PullPhase;
  /** Bytes that are on this machine, those of an earlier try included. Never goes back. */
  readonly doneBytes: number;
  /** Bytes of the whole model; 0 while it is not known. */
  readonly totalBytes: number;
  /** Bytes that came over the network in this pull. */
  readonly fetchedBytes: number;
  /** Speed of the network in the last seconds. */
  readonly bytesPerSecond: number;
  /** Seconds; absent while nothing moves or it is too early to tell. */
  readonly secondsLeft?: number | undefined;
}

/** Milliseconds over which the speed is measured. */
const WINDOW_MS = 5_000;
/** Milliseconds between two reports. */
const REPORT_MS = 100;
/** Milliseconds of measurement before a time is promised. */
const SETTLE_MS = 1_000;

interface Sample {
  /** Milliseconds. */
  readonly at: number;
  /** Bytes fetched until then. */
  readonly fetched: number;
}

/** Counts bytes and makes reports of them, at most ten a second apart from changes of the phase. */
export class ProgressMeter {
  readonly #report: ((progress: PullProgress) => void) | undefined;
  readonly #now: () => number;
  #phase: PullPhase = 'resolving';
  #total = 0;
  #present = 0;
  #done = 0;
  #shown = 0;
  #fetchedBefore = 0;
  #fetched = 0;
  #samples: Sample[] = [];
  #reportedAt = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds, of any origin. */
  constructor(report: ((progress: PullProgress) => void) | undefined, now: () => number) {
    this.#report = report;
    this.#now = now;
  }

  /** Bytes that came over the network so far. */
  get fetchedBytes(): number {
    return this.#fetched;
  }

  /** Begins a step, and reports it at once. */
  enter(phase: PullPhase): void {
    this.#phase = phase;
    this.#emit(this.#now());
  }

  /** Says how large the model is, and how much of it is in the store. @param total bytes. @param present bytes. */
  expect(total: number, present: number): void {
    this.#total = total;
    this.#present = present;
    this.#done = present;
  }

  /** Bytes came over the network outside of a move. */
  received(bytes: number): void {
    this.#fetchedBefore += bytes;
    this.#fetched += bytes;
  }

  /** Bytes that were missing are there. @param bytes of all blobs that were missing. @param fetched of the move. */
  moved(bytes: number, fetched: number): void {
    this.#done = this.#present + bytes;
    this.#fetched = this.#fetchedBefore + fetched;
    this.tick();
  }

  /** Reports where that is due; called now and then, it lets the speed fall when nothing comes. */
  tick(): void {
    const now = this.#now();
    if (now - this.#reportedAt >= REPORT_MS) this.#emit(now);
  }

  #emit(now: number): void {
    this.#reportedAt = now;
    this.#shown = Math.max(this.#shown, Math.min(this.#done, this.#total));
    const left = this.#total - this.#shown;
    const { speed, settled } = this.#measure(now);
    this.#report?.({
      phase: this.#phase,
      doneBytes: this.#shown,
      totalBytes: this.#total,
      fetchedBytes: this.#fetched,
      bytesPerSecond: speed,
      ...(speed > 0 && settled && left > 0 ? { secondsLeft: left / speed } : {}),
    });
  }

  #measure(now: number): { speed: number; settled: boolean } {
    if (this.#phase !== 'downloading') {
      this.#samples = [];
      return { speed: 0, settled: false };
    }
    this.#samples.push({ at: now, fetched: this.#fetched });
    // One sample from before the window stays, so that the window is always covered.
    while (this.#samples[1] !== undefined && this.#samples[1].at <= now - WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0];
    if (first === undefined || first.at >= now) return { speed: 0, settled: false };
    const ms = now - first.at;
    return { speed: ((this.#fetched - first.fetched) * 1000) / ms, settled: ms >= SETTLE_MS };
  }
}

/** `1.2 of 4.1 GB · 48 MB/s · 1 min left`. */
export function formatPullProgress(progress: PullProgress): string {
  const { phase, doneBytes, totalBytes, bytesPerSecond, secondsLeft } = progress;
  switch (phase) {
    case 'resolving':
      return 'Looking up the model';
    case 'downloading': {
      const speed = bytesPerSecond > 0 ? ` · ${formatSpeed(bytesPerSecond)}` : '';
      const time = secondsLeft === undefined ? '' : ` · ${formatTimeLeft(secondsLeft)}`;
      return `${formatByteProgress(doneBytes, totalBytes)}${speed}${time}`;
    }
    case 'verifying':
      return `Checking ${formatBytes(totalBytes)}`;
    case 'done':
      return formatBytes(totalBytes);
  }
}
