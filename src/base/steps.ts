/**
 * Work in steps, written once as a generator that yields where it may be interrupted. It runs at once, or in slices
 * between which the thread does other things, so that a long list from a registry does not keep the editor waiting.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work that yields between its steps. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Milliseconds after which a slice ends, at its next step. */
const SLICE_MS = 10;
/** Items of a list in one step: less than a millisecond's work. */
const STEP_ITEMS = 100;

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
