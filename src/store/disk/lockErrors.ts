/** The errors of locks that another process has, worded for whatever the lock protects. */
import { ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';

/** The resources that locks protect, as errors name them. */
export type LockSubject =
  | { readonly kind: 'download'; readonly name: string }
  | { readonly kind: 'store' | 'move'; readonly folder: string }
  | { readonly kind: 'lease' };

/** Returns the error of a lock that another process holds. */
export function busyError(subject: LockSubject): ModelError {
  return new ModelError('store-busy', busyText(subject), { retryable: true });
}

/** Returns the error of a lock that another process took over. */
export function lostError(subject: LockSubject): ModelError {
  return new ModelError('store-busy', lostText(subject));
}

function busyText(subject: LockSubject): Localized {
  switch (subject.kind) {
    case 'download':
      return t(
        'Another window or program is already downloading {0}. Wait until it is finished, then try again.',
        subject.name,
      );
    case 'store':
      return t(
        'Another window or program is changing the model store {0}. Wait until it is finished, then try again.',
        subject.folder,
      );
    case 'move':
      return t(
        'Another window or program is moving models to or from {0}. Wait until it is finished, then try again.',
        subject.folder,
      );
    case 'lease':
      return t('Another window or program is using this model. Wait until it is finished, then try again.');
  }
}

function lostText(subject: LockSubject): Localized {
  switch (subject.kind) {
    case 'download':
      return t(
        'Another window or program took over the download of {0} while this one did not respond. Let it finish, or try again.',
        subject.name,
      );
    case 'store':
      return t(
        'Another window or program changed the model store {0} while this one did not respond. Let it finish, or try again.',
        subject.folder,
      );
    case 'move':
      return t(
        'Another window or program took over moving models to or from {0} while this one did not respond. Let it finish, or try again.',
        subject.folder,
      );
    case 'lease':
      return t(
        'Another window or program took over this model while this one did not respond. Let it finish, or try again.',
      );
  }
}
