/**
 * The one error class of this project. Every failure that a person may see is a `ModelError` with a code
 * from the closed union below, a sentence that says what happened and what to do, and the cause.
 */

/** What went wrong, as the user interface tells it apart. */
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
  | 'read-only'
  | 'cancelled';

/** Details of a {@link ModelError}. */
export interface ModelErrorOptions {
  /** The error underneath, for the log. */
  readonly cause?: unknown;
  /** Whether the same request may succeed when it is sent again without any change. */
  readonly retryable?: boolean;
  /** Registry host, for errors of a registry. */
  readonly registry?: string;
  /** HTTP status, for errors of a registry. */
  readonly status?: number;
  /** Milliseconds to wait before another try, where the registry said so. */
  readonly retryAfterMs?: number;
  /** Whether a login for the registry may help, though none is needed: of a limit for those without one. */
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

  constructor(code: ModelErrorCode, message: string, options: ModelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.registry = options.registry;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.signInHelps = options.signInHelps ?? false;
  }
}

/** Whether `error` is a {@link ModelError}, of the given code where one is given. */
export function isModelError(error: unknown, code?: ModelErrorCode): error is ModelError {
  return error instanceof ModelError && (code === undefined || error.code === code);
}

/** The error of a cancelled operation. User interfaces show nothing for it. */
export function cancelledError(cause?: unknown): ModelError {
  return new ModelError('cancelled', 'Cancelled.', { cause });
}

/** Throws the error of a cancelled operation when `signal` is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelledError(signal.reason);
}

/** The `code` of a Node system error (`ENOSPC`, `ECONNREFUSED`, …), or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** `error` as a ModelError: itself, or `code` and `message` around it. */
export function asModelError(error: unknown, code: ModelErrorCode, message: string): ModelError {
  return error instanceof ModelError ? error : new ModelError(code, message, { cause: error });
}
