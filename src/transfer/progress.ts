/** Measures the progress of a pull, its speed and the time left. */
import { formatByteProgress, formatBytes, formatSpeed, formatTimeLeft } from '../base/format.ts';
import { asLocalized, type Localized, t } from '../base/l10n.ts';

/** The steps of a pull. */
export type PullPhase = 'resolving' | 'downloading' | 'verifying' | 'done';

/** A report of a pull. */
export interface PullProgress {
  readonly phase: PullPhase;
  /** Bytes on this machine, including those of an earlier try. Never decreases. */
  readonly doneBytes: number;
  /** Bytes of the whole model; 0 while they are unknown. */
  readonly totalBytes: number;
  /** Bytes that arrived over the network in this pull. */
  readonly fetchedBytes: number;
  /** Speed of the network in the last seconds. */
  readonly bytesPerSecond: number;
  /** Seconds left; absent while nothing moves or it is too early to tell. */
  readonly secondsLeft?: number | undefined;
}

/** Milliseconds over which the speed is measured. */
const WINDOW_MS = 5_000;
/** Milliseconds between two reports. */
const REPORT_MS = 100;
/** Milliseconds of measurement before a time is estimated. */
const SETTLE_MS = 1_000;

interface Sample {
  /** Milliseconds. */
  readonly at: number;
  /** Bytes fetched by then. */
  readonly fetched: number;
}

/** Counts bytes and reports them, at most ten times a second except for changes of the phase. */
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

  /** Bytes that arrived over the network so far. */
  get fetchedBytes(): number {
    return this.#fetched;
  }

  /** Begins a phase, and reports it at once. */
  enter(phase: PullPhase): void {
    this.#phase = phase;
    this.#emit(this.#now());
  }

  /** Sets the size of the model, and the bytes of it in the store. @param total bytes. @param present bytes. */
  expect(total: number, present: number): void {
    this.#total = total;
    this.#present = present;
    this.#done = present;
  }

  /** Counts bytes that arrived over the network outside of a move. */
  received(bytes: number): void {
    this.#fetchedBefore += bytes;
    this.#fetched += bytes;
  }

  /** Sets the progress of a move. @param bytes done of all missing blobs. @param fetched bytes of the move. */
  moved(bytes: number, fetched: number): void {
    this.#done = this.#present + bytes;
    this.#fetched = this.#fetchedBefore + fetched;
    this.tick();
  }

  /** Reports if a report is due. Call it now and then, so that the speed drops when nothing arrives. */
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
    // One sample from before the window is kept, so that the window is always covered.
    while (this.#samples[1] !== undefined && this.#samples[1].at <= now - WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0];
    if (first === undefined || first.at >= now) return { speed: 0, settled: false };
    const ms = now - first.at;
    return { speed: ((this.#fetched - first.fetched) * 1000) / ms, settled: ms >= SETTLE_MS };
  }
}

/** Returns, for example, `1.2 of 4.1 GB · 48 MB/s · 1 min left`. */
export function formatPullProgress(progress: PullProgress): Localized {
  const { phase, doneBytes, totalBytes, bytesPerSecond, secondsLeft } = progress;
  switch (phase) {
    case 'resolving':
      return t('Looking up the model');
    case 'downloading': {
      const parts = [
        formatByteProgress(doneBytes, totalBytes),
        ...(bytesPerSecond > 0 ? [formatSpeed(bytesPerSecond)] : []),
        ...(secondsLeft === undefined ? [] : [formatTimeLeft(secondsLeft)]),
      ];
      return asLocalized(parts.join(' · ')); // made of localized parts
    }
    case 'verifying':
      return t('Checking {0}', formatBytes(totalBytes));
    case 'done':
      return asLocalized(formatBytes(totalBytes)); // a number
  }
}
