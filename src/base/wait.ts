/** Promises that are settled from outside, and waits that end with a signal. */
import { cancelledError } from './error.ts';

/** A promise together with the functions that settle it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Creates a new {@link Deferred}. */
export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Awaits `promise` for at most `ms` milliseconds, and leaves it alone after that. @returns undefined if it took longer. */
export async function within<T>(promise: PromiseLike<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Returns the result of `promise`, or stops waiting when `signal` is aborted. The work itself goes on for everyone else
 * who waits for it.
 * @throws ModelError `cancelled`.
 */
export async function unlessCancelled<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const cancelled = deferred<never>();
  const stop = (): void => cancelled.reject(cancelledError(signal.reason));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    // An earlier abort wins over a result that is there, and nobody else has to hear a failure.
    return await Promise.race([cancelled.promise, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
