/** The errors of archives that are damaged or refused. */
import { isModelError, ModelError } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import { quoted } from '../base/text.ts';

function unusable(
  flaw: Localized,
  options: { readonly cause?: unknown; readonly retryable?: boolean },
): ModelError {
  const message = t('{0} Choose another tag, or tell its publisher.', flaw);
  return new ModelError('unsupported-artifact', message, options);
}

/**
 * Returns the error of an archive that cannot be read. Either it was published like this or it was damaged on the way
 * here; only its digest tells, so the error is retryable.
 * @param flaw a sentence about “the archive of this model”.
 */
export function damagedArchive(flaw: Localized, cause?: unknown): ModelError {
  return unusable(flaw, { cause, retryable: true });
}

/** Returns the error of an archive that ends too early. */
export function truncatedArchive(): ModelError {
  return damagedArchive(t('The archive of this model is damaged: it ends within a member.'));
}

/** Returns the error of an archive whose member states an impossible size. */
export function invalidSize(): ModelError {
  return damagedArchive(
    t('The archive of this model is damaged: the size of a member is not a number of bytes.'),
  );
}

/** Returns true if `error` is one of {@link damagedArchive}. */
export function isDamage(error: unknown): error is ModelError {
  return isModelError(error, 'unsupported-artifact') && error.retryable;
}

/** Returns the error of an archive that is intact but not accepted. @param flaw a sentence, as above. */
export function refusedArchive(flaw: Localized): ModelError {
  return unusable(flaw, {});
}

/** The reasons to refuse an archive because of one of its members. */
export type MemberFlaw =
  | 'long-path'
  | 'not-text'
  | 'absolute-path'
  | 'windows-path'
  | 'outside'
  | 'outside-link'
  | 'twice'
  | 'sparse'
  | 'device';

/** Returns the error of an archive that is refused because of one member. @param path of the member, as it is stated. */
export function refusedMember(path: string, flaw: MemberFlaw): ModelError {
  return refusedArchive(memberSentence(quoted(path, 100), flaw));
}

function memberSentence(member: string, flaw: MemberFlaw): Localized {
  switch (flaw) {
    case 'long-path':
      return t('The archive of this model has a member named {0}, whose path is too long.', member);
    case 'not-text':
      return t('The archive of this model has a member named {0}, whose path is not text.', member);
    case 'absolute-path':
      return t('The archive of this model has a member named {0}, which is an absolute path.', member);
    case 'windows-path':
      return t('The archive of this model has a member named {0}, which is a Windows path.', member);
    case 'outside':
      return t('The archive of this model has a member named {0}, which leaves its folder.', member);
    case 'outside-link':
      return t('The archive of this model has a member named {0}, a link that leaves its folder.', member);
    case 'twice':
      return t('The archive of this model has two members named {0}.', member);
    case 'sparse':
      return t('The archive of this model has a member named {0}, which is stored as a sparse file.', member);
    case 'device':
      return t('The archive of this model has a member named {0}, which is a device.', member);
  }
}
