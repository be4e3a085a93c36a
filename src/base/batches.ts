/** Work on many things, some at once. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * `work` on each of `items`, `size` of them at once; the results in the order of the items. Between two batches
 * the event loop has its turn, so that long lists block nothing else.
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
