/** Waiting that a signal ends. */
import { cancelledError } from './error.ts';

/**
 * The result of `promise`, given up when `signal` is aborted; the work goes on for others who wait for it.
 * @throws ModelError `cancelled`.
 */
export async function unlessCancelled<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return promise;
  if (signal.aborted) {
    // Nobody waits for it here any more, and others hear of its failure themselves.
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
