/** Failures inside the host process, in terms of the protocol. */
import type { Localized } from '../../../base/l10n.ts';
import type { HostErrorCode } from '../call.ts';

/** A failure whose code and message are sent to the engine unchanged. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;

  constructor(code: HostErrorCode, message: Localized, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Returns the message of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
