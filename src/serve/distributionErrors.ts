/** Errors in the form of distribution-spec: `{"errors":[{"code","message","detail"}]}` (spec.md, "Error Codes"). */

export type ErrorCode =
  | 'BLOB_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'PAGINATION_NUMBER_INVALID'
  | 'UNKNOWN'
  | 'UNSUPPORTED';

const STATUS: Readonly<Record<ErrorCode, number>> = {
  BLOB_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  // Not in the specification, but in distribution and on Docker Hub.
  PAGINATION_NUMBER_INVALID: 400,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
};

/** A refusal that becomes the response. */
export class ServeError extends Error {
  override readonly name = 'ServeError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: unknown;

  /** @param status defaults to that of the code. */
  constructor(code: ErrorCode, message: string, options: { detail?: unknown; status?: number } = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? STATUS[code];
    this.detail = options.detail ?? null;
  }

  /** Returns the body of the response. */
  toJSON(): object {
    return { errors: [{ code: this.code, message: this.message, detail: this.detail }] };
  }
}
