/**
 * Runs small pieces of work that others ask for all at once, such as the items of thousands of rows, a few at a time and
 * in slices between which the thread does other things.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds after which a slice ends. */
const SLICE_MS = 10;
/** Pieces that run concurrently: a millisecond's work. */
const BATCH = 50;

/** What tests replace. */
export interface SlicedQueueOptions {
  /** Milliseconds. Defaults to the clock of the process. */
  readonly now?: () => number;
  /** Resolves when the thread had its turn. Defaults to one turn of the event loop. */
  readonly nextSlice?: () => Promise<unknown>;
}

export class SlicedQueue {
  readonly #now: () => number;
  readonly #nextSlice: () => Promise<unknown>;
  #waiting: (() => Promise<void>)[] = [];
  #isRunning = false;

  constructor({ now = () => performance.now(), nextSlice = () => nextTurn() }: SlicedQueueOptions = {}) {
    this.#now = now;
    this.#nextSlice = nextSlice;
  }

  /** Runs `work` after what was asked for before. @throws what it throws. */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      });
      void this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    let start = this.#now();
    while (this.#waiting.length > 0) {
      await Promise.all(this.#waiting.splice(0, BATCH).map((run) => run()));
      if (this.#waiting.length === 0 || this.#now() - start < SLICE_MS) continue;
      await this.#nextSlice();
      start = this.#now();
    }
    this.#isRunning = false;
  }
}
