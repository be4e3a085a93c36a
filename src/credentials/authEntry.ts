/** One entry of `auths`, as Docker and podman write it for a registry (docker/cli, cli/config/types/authconfig.go). */
import * as z from 'zod';
import { type Localized, t } from '../base/l10n.ts';
import type { Credential } from '../oci/spec/credential.ts';

/** The fields of an entry that are used. */
export interface AuthEntry {
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

const rawEntry = z.object({
  auth: z.string().nullish(),
  username: z.string().nullish(),
  password: z.string().nullish(),
  identitytoken: z.string().nullish(),
  registrytoken: z.string().nullish(),
});

/** The error of an unusable entry. Its text never quotes the entry. */
export class AuthEntryError extends Error {
  override readonly name = 'AuthEntryError';
  /** The end of a sentence. */
  readonly reason: Localized;

  constructor(reason: Localized) {
    super(reason);
    this.reason = reason;
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Decodes `auth`, the base64 of `user:password`. A password may contain colons; NULs around it are padding.
 * @throws AuthEntryError
 */
export function decodeAuth(auth: string): { username: string; password: string } {
  const text = auth.replace(/[\r\n]/g, '');
  if (!BASE64.test(text)) throw new AuthEntryError(t('its auth is not base64'));
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 1) throw new AuthEntryError(t('its auth is not a user name, a colon and a password'));
  const username = decoded.slice(0, colon);
  return { username, password: trimNuls(decoded.slice(colon + 1)) };
}

function trimNuls(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) === 0) start++;
  while (end > start && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(start, end);
}

/**
 * Parses an entry. `auth` takes precedence over `username` and `password`. `docker login` leaves an empty entry,
 * without fields, if a helper keeps the secret.
 * @throws AuthEntryError
 */
export function parseAuthEntry(value: unknown): AuthEntry {
  const parsed = rawEntry.safeParse(value);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new AuthEntryError(field === '' ? t('it is not an object') : t('its {0} is not a string', field));
  }
  const { auth, identitytoken, registrytoken } = parsed.data;
  const { username, password } = auth ? decodeAuth(auth) : parsed.data;
  return {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(identitytoken ? { identityToken: identitytoken } : {}),
    ...(registrytoken ? { registryToken: registrytoken } : {}),
  };
}

/**
 * Returns the login of an entry, or undefined if it is empty. A ready token is preferred to one that must be
 * exchanged, and that to a password (oras-go, registry/remote/auth).
 */
export function credentialOf(entry: AuthEntry): Credential | undefined {
  const { username, password, identityToken, registryToken } = entry;
  if (registryToken !== undefined) return { registryToken };
  if (identityToken !== undefined)
    return username === undefined ? { identityToken } : { identityToken, username };
  if (username === undefined && password === undefined) return undefined;
  return { username: username ?? '', password: password ?? '' };
}
