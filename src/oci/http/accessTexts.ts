/** Explanations of refused access, by the subject of the exchange and by a login that was sent or not. */
import { type Localized, t } from '../../base/l10n.ts';

/** The kind of thing that was requested. An entry is a manifest that an index names. */
export type SubjectKind = 'manifest' | 'entry' | 'blob' | 'tags' | 'catalog' | 'api';

/** The purpose of an exchange, so that its failure can be explained to a person. */
export interface Subject {
  /** Registry host as in the reference, or the one that a redirect led to if that is a registry itself. */
  readonly registry: string;
  /** The thing that was requested: a reference, or a localized phrase such as `the tags of …`. */
  readonly what: string;
  /** Defaults to `manifest`. */
  readonly kind?: SubjectKind | undefined;
  /** True if a login went with the request. */
  readonly withCredential: boolean;
  /** Defaults to `read`. */
  readonly intent?: 'read' | 'write' | 'delete' | undefined;
  /** The server that answered, if it is not a registry but one that the registry sends downloads to. */
  readonly storage?: string | undefined;
}

/** Explains a 401 to somebody without a login. */
export function signInNeeded({ registry, what, kind, intent = 'read' }: Subject, saying: string): Localized {
  if (intent === 'write') {
    return t(
      '{0} requires a sign-in for {1}{2}. Sign in with an account that can write to it.',
      registry,
      what,
      saying,
    );
  }
  if (intent === 'delete') {
    return t(
      '{0} requires a sign-in for {1}{2}. Sign in with an account that can delete it.',
      registry,
      what,
      saying,
    );
  }
  if (kind === 'api') return t('{0} requires a sign-in{1}. Sign in to it.', registry, saying);
  if (kind === 'catalog') return listingNeedsLogin(registry, saying);
  return t(
    '{0} requires a sign-in for {1}{2}. Sign in, or check the name: private and missing models look alike.',
    registry,
    what,
    saying,
  );
}

/** Explains a 403 to somebody without a login. */
export function anonymousDenied(
  { registry, what, kind, intent = 'read' }: Subject,
  saying: string,
): Localized {
  if (intent === 'write') {
    return t(
      '{0} denied access to {1}{2}. Sign in with an account that can write to it.',
      registry,
      what,
      saying,
    );
  }
  if (intent === 'delete') {
    return t(
      '{0} denied access to {1}{2}. Sign in with an account that can delete it.',
      registry,
      what,
      saying,
    );
  }
  if (kind === 'api') return t('{0} denied access{1}. Sign in to it.', registry, saying);
  if (kind === 'catalog') return listingNeedsLogin(registry, saying);
  return t(
    '{0} denied access to {1}{2}. Sign in, or check the name: private and missing models look alike.',
    registry,
    what,
    saying,
  );
}

function listingNeedsLogin(registry: string, saying: string): Localized {
  return t(
    'Sign in to list the repositories of {0}{1}, or name one, such as {0}/owner/model.',
    registry,
    saying,
  );
}

/** Explains a refusal to somebody whose login was sent. */
export function loginDenied(
  status: number,
  { registry, what, kind, intent = 'read' }: Subject,
  saying: string,
): Localized {
  if (kind === 'api') {
    return status === 401
      ? t('Wrong user name or password for {0}{1}. Check them and sign in again.', registry, saying)
      : t('{0} denied access{1}. Check the user name and the password or token.', registry, saying);
  }
  if (kind === 'catalog') {
    return t(
      'This account cannot list the repositories of {0}{1}. Name one, such as {0}/owner/model, or sign in with another account.',
      registry,
      saying,
    );
  }
  if (intent === 'write') {
    return t(
      '{0} denied access to {1}{2}. Check that your login is current and may write to it, or sign in again.',
      registry,
      what,
      saying,
    );
  }
  if (intent === 'delete') {
    return t(
      '{0} denied access to {1}{2}. Check that your login is current and may delete it, or sign in again.',
      registry,
      what,
      saying,
    );
  }
  return t(
    '{0} denied access to {1}{2}. Check that your login is current and may read it, or sign in again.',
    registry,
    what,
    saying,
  );
}
