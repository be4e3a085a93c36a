/**
 * Work in steps, written once as a generator that yields where it may be interrupted. It runs at once, or in slices
 * between which the thread does other things, so that a long list from a registry does not keep the editor waiting. So
 * do many small pieces of work in a queue.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work that yields between its steps. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Milliseconds after which a slice ends, at its next step. */
const SLICE_MS = 10;
/** Items of a list in one step: less than a millisecond's work. */
const STEP_ITEMS = 100;
/** Pieces in a queue that run concurrently: a millisecond's work. */
const BATCH = 50;

/** Runs all steps now. @throws what they throw. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * Runs the steps in slices of a few milliseconds.
 * @param nextSlice resolves when the thread had its turn. Defaults to one turn of the event loop.
 * @throws what the steps throw.
 */
export async function inSlices<Result>(
  steps: Steps<Result>,
  nextSlice: () => Promise<unknown> = () => nextTurn(),
): Promise<Result> {
  let start = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - start < SLICE_MS) continue;
    await nextSlice();
    start = performance.now();
  }
}

/** Maps a list in steps. */
export function* mapInSteps<T, R>(items: readonly T[], map: (item: T, index: number) => R): Steps<R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % STEP_ITEMS === 0) yield;
    results.push(map(item, index));
  }
  return results;
}

/** Clock and turns of a queue, which tests replace. */
export interface SlicedQueueOptions {
  /** Milliseconds. Defaults to the clock of the process. */
  readonly now?: () => number;
  /** Resolves when the thread had its turn. Defaults to one turn of the event loop. */
  readonly nextSlice?: () => Promise<unknown>;
}

/** Runs pieces of work that others ask for all at once, such as the items of thousands of rows, a few at a time. */
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
