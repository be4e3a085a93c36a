/** Gives up a wait when a signal is aborted. */
import { cancelledError } from './error.ts';

/**
 * Returns the result of `promise`, or stops waiting when `signal` is aborted. The work itself goes on for everyone else
 * who waits for it.
 * @throws ModelError `cancelled`.
 */
export async function unlessCancelled<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return promise;
  if (signal.aborted) {
    // This caller no longer waits, and the others learn of a failure themselves.
    promise.catch(() => {});
    throw cancelledError(signal.reason);
  }
  let stop: () => void = () => {};
  const cancelled = new Promise<never>((_, reject) => {
    stop = () => reject(cancelledError(signal.reason));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, cancelled]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
