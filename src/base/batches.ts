/** Runs work on long lists, a few items at a time. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Runs `work` on each of `items`, `size` at a time, and returns the results in the order of the items. The event loop
 * gets a turn between batches, so a long list does not block anything else.
 */
export async function inBatches<T, R>(
  items: readonly T[],
  size: number,
  work: (item: T) => R | Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    if (start > 0) await nextTurn();
    results.push(...(await Promise.all(items.slice(start, start + size).map(work))));
  }
  return results;
}
