/** One entry of `auths`: what Docker and podman write for a registry (docker/cli, cli/config/types/authconfig.go). */
import { z } from 'zod';
import type { Credential } from '../oci/spec/credential.ts';

/** The fields of an entry that matter here. */
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

/** Why an entry cannot be used. The text never has anything of the entry in it. */
export class AuthEntryError extends Error {
  override readonly name = 'AuthEntryError';
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * `auth`: base64 of `user:password`. A password may have colons in it, and NULs around it are padding.
 * @throws AuthEntryError
 */
export function decodeAuth(auth: string): { username: string; password: string } {
  const text = auth.replace(/[\r\n]/g, '');
  if (!BASE64.test(text)) throw new AuthEntryError('its auth is not base64');
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 1) throw new AuthEntryError('its auth is not a user name, a colon and a password');
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
 * Reads an entry. `auth` goes before `username` and `password`; an empty entry, which `docker login` leaves where
 * a helper keeps the secret, has no fields.
 * @throws AuthEntryError
 */
export function parseAuthEntry(value: unknown): AuthEntry {
  const parsed = rawEntry.safeParse(value);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new AuthEntryError(field === '' ? 'it is not an object' : `its ${field} is not a text`);
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
 * The login that an entry stands for: a ready token before one that must be exchanged, and that before a password
 * (oras-go, registry/remote/auth). Undefined for an empty entry.
 */
export function credentialOf(entry: AuthEntry): Credential | undefined {
  const { username, password, identityToken, registryToken } = entry;
  if (registryToken !== undefined) return { registryToken };
  if (identityToken !== undefined)
    return username === undefined ? { identityToken } : { identityToken, username };
  if (username === undefined && password === undefined) return undefined;
  return { username: username ?? '', password: password ?? '' };
}
