/** Retries of a request, and the waits between them. */
import { setTimeout as delay } from 'node:timers/promises';
import pRetry from 'p-retry';
import { cancelledError, ModelError, throwIfCancelled } from '../../base/error.ts';
import type { Log } from '../../base/log.ts';

/** The growth of the wait: doubled after each failure, up to `maxMs`, less a random part. */
export interface Backoff {
  /** Milliseconds before the second attempt. */
  readonly baseMs: number;
  /** Milliseconds. */
  readonly maxMs: number;
}

/** Waits for a small request, whose result a person waits for. */
export const REQUEST_BACKOFF: Backoff = { baseMs: 300, maxMs: 3_000 };
/** Milliseconds. A longer wait that a registry asks for is not waited out; the error says when to come back. */
const MAX_RETRY_AFTER_MS = 20_000;

/**
 * Returns the milliseconds to wait after the `failures`th failure in a row (1 is the first): between half of the
 * doubled time and all of it, so that many clients do not return at the same moment.
 * @param random from 0 up to 1.
 */
export function backoffMs({ baseMs, maxMs }: Backoff, failures: number, random: number): number {
  const full = Math.min(maxMs, baseMs * 2 ** (failures - 1));
  return Math.round(full * (0.5 + random / 2));
}

/** Waits. @throws ModelError `cancelled` as soon as `signal` is aborted. */
export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfCancelled(signal);
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    throw cancelledError(error);
  }
}

/** Settings of {@link withRetry}. */
export interface RetryOptions {
  /** Attempts in all, including the first. */
  readonly tries: number;
  readonly backoff: Backoff;
  readonly signal?: AbortSignal | undefined;
  readonly log: Log;
}

/**
 * Runs `attempt` until it succeeds, up to `tries` times. Only retryable {@link ModelError}s are retried, after at least
 * the time that the registry asks for.
 * @throws the last error; ModelError `cancelled`.
 */
export async function withRetry<Result>(
  attempt: () => Promise<Result>,
  { tries, backoff, signal, log }: RetryOptions,
): Promise<Result> {
  try {
    return await pRetry(attempt, {
      retries: tries - 1,
      // A random time between this and its double, as in backoffMs.
      minTimeout: backoff.baseMs / 2,
      maxTimeout: backoff.maxMs,
      randomize: true,
      ...(signal === undefined ? {} : { signal }),
      shouldRetry: async ({ error, retryDelay }) => {
        if (!(error instanceof ModelError) || !error.retryable) return false;
        const asked = error.retryAfterMs ?? 0;
        if (asked > MAX_RETRY_AFTER_MS) return false;
        // A rate limit without a time lasts for minutes or hours, and each attempt may count against it.
        if (error.code === 'rate-limited' && asked === 0) return false;
        log.debug(`${error.message} Next try in ${Math.max(asked, retryDelay)} ms.`);
        if (asked > retryDelay) await sleep(asked - retryDelay, signal);
        return true;
      },
    });
  } catch (error) {
    throw signal?.aborted ? cancelledError(error) : error;
  }
}
