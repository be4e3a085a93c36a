/**
 * The only error class of this project. Every failure that a person may see is a `ModelError`: a code from the closed
 * union below, a sentence that says what happened and what to do, and the cause.
 */
import { constants } from 'node:os';
import { type Localized, t } from './l10n.ts';

/** The kinds of failure that the user interface distinguishes. */
export type ModelErrorCode =
  | 'reference-invalid'
  | 'auth-required'
  | 'auth-denied'
  | 'not-found'
  | 'rate-limited'
  | 'offline'
  | 'tls'
  | 'registry-error'
  | 'manifest-invalid'
  | 'digest-mismatch'
  | 'size-mismatch'
  | 'disk-full'
  | 'store-error'
  | 'store-busy'
  | 'unsupported-artifact'
  | 'gguf-invalid'
  | 'no-model'
  | 'out-of-memory'
  | 'context-overflow'
  | 'engine-unavailable'
  | 'engine-crashed'
  | 'engine-error'
  | 'endpoint-denied'
  | 'read-only'
  | 'no-subject'
  | 'cancelled';

/** Details of a {@link ModelError}. */
export interface ModelErrorOptions {
  /** The underlying error, for the log. */
  readonly cause?: unknown;
  /** True if the same request may succeed when it is simply sent again. */
  readonly retryable?: boolean;
  /** Registry host, for errors from a registry. */
  readonly registry?: string;
  /** HTTP status, for errors from a registry. */
  readonly status?: number;
  /** Milliseconds to wait before the next try, if the registry asked for it. */
  readonly retryAfterMs?: number;
  /** True if signing in may help although it is not required, as with a rate limit for anonymous users. */
  readonly signInHelps?: boolean;
}

/** A failure with a message that a person can act on. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: ModelErrorCode;
  readonly retryable: boolean;
  readonly registry: string | undefined;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly signInHelps: boolean;

  constructor(code: ModelErrorCode, message: Localized, options: ModelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.registry = options.registry;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.signInHelps = options.signInHelps ?? false;
  }
}

/** Returns true if `error` is a {@link ModelError} and, if `code` is given, has that code. */
export function isModelError(error: unknown, code?: ModelErrorCode): error is ModelError {
  return error instanceof ModelError && (code === undefined || error.code === code);
}

/** The error of a canceled operation. User interfaces stay silent about it. */
export function cancelledError(cause?: unknown): ModelError {
  return new ModelError('cancelled', t('Canceled.'), { cause });
}

/** Throws {@link cancelledError} if `signal` is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelledError(signal.reason);
}

/** Codes of errors that libuv has no name for, such as a quota that is used up or a file of a lost network drive. */
const UNNAMED = /^(?:UNKNOWN|Unknown system error -\d+)$/;
/** Linux has this one, and Node's table does not. */
const LINUX_NAMES: Readonly<Record<number, string>> = { 123: 'ENOMEDIUM' };

function nameOfNumber(number: number): string | undefined {
  const known = Object.entries(constants.errno).find(([, value]) => value === number)?.[0];
  return known ?? (process.platform === 'linux' ? LINUX_NAMES[number] : undefined);
}

/** Returns the code of a Node.js system error (`ENOSPC`, `ECONNREFUSED`, …), or undefined if it has none. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const { code } = error;
  if (typeof code !== 'string') return undefined;
  if (!UNNAMED.test(code) || !('errno' in error) || typeof error.errno !== 'number') return code;
  return nameOfNumber(-error.errno) ?? code;
}

/** Returns `error` itself if it is a ModelError, and otherwise wraps it in one with `code` and `message`. */
export function asModelError(error: unknown, code: ModelErrorCode, message: Localized): ModelError {
  return error instanceof ModelError ? error : new ModelError(code, message, { cause: error });
}
