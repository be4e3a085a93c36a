/** What is wrong with archives of strangers. */
import { isModelError, ModelError } from '../base/error.ts';
import { quoted } from '../base/text.ts';

function unusable(
  flaw: string,
  options: { readonly cause?: unknown; readonly retryable?: boolean },
): ModelError {
  const message = `The archive of this model ${flaw}, so nothing of it was kept. Tell its publisher, or choose another tag.`;
  return new ModelError('unsupported-artifact', message, options);
}

/**
 * An archive that cannot be read: it was made so, or it did not come as it was sent. Whoever knows its digest can
 * tell, so this one is retryable.
 * @param flaw as in “The archive of this model `ends within a member`”.
 */
export function damagedArchive(flaw: string, cause?: unknown): ModelError {
  return unusable(flaw, { cause, retryable: true });
}

/** Whether `error` is one of {@link damagedArchive}. */
export function isDamage(error: unknown): error is ModelError {
  return isModelError(error, 'unsupported-artifact') && error.retryable;
}

/** An archive that is whole and is not taken. @param flaw as in “The archive of this model `has 5 models`”. */
export function refusedArchive(flaw: string): ModelError {
  return unusable(flaw, {});
}

/** A member for which the archive is not taken. @param flaw as in “has a member which `leaves its folder`”. */
export function refusedMember(path: string, flaw: string): ModelError {
  return refusedArchive(`has a member named ${quoted(path, 100)} which ${flaw}`);
}
