/**
 * Where a registry may send the sign-in: the `realm` of its challenge, and what that redirects to. The address is
 * chosen by a server, and this machine sends a login to it and reads its answer, so that the rule for all that an
 * answer leads to (zone.ts) has more conditions here.
 */
import { ModelError } from '../../base/error.ts';
import { parseUrl } from '../../base/url.ts';
import { isLoopbackHost } from '../http/servers.ts';
import { type Answerer, leadTo, type Zone } from '../http/zone.ts';

/**
 * The limit for the server of a sign-in, as `leadTo` gives it. It must be https; a server that is asked over plain
 * http may also name its own host, and one on this machine another one on it.
 * @returns undefined if the answer may not lead there.
 */
export function realmZone(from: Answerer, realm: URL): Zone | undefined {
  if (realm.username !== '' || realm.password !== '') return undefined;
  const zone = leadTo(from, realm);
  if (zone === undefined || realm.protocol === 'https:') return zone;
  const { url } = from;
  const isNear = realm.hostname === url.hostname || (isLoopbackHost(url.host) && isLoopbackHost(realm.host));
  return isNear ? zone : undefined;
}

/** Tells whether a registry's challenge may point to `realm`, by their names alone. */
export function isRealmAllowed(origin: URL, realm: URL): boolean {
  return realmZone({ url: origin }, realm) !== undefined;
}

/** A server that may be asked, and the limit for its addresses. */
export interface AllowedServer {
  readonly url: URL;
  readonly within: Zone;
}

/**
 * The address that a challenge names; a relative one counts from the registry's API.
 * @param registry its host, for the error.
 * @param challenger the host that gave the challenge.
 * @throws ModelError `auth-denied` if it is not allowed.
 */
export function realmServer(registry: string, challenger: Answerer, realm: string): AllowedServer {
  const url = parseUrl(realm, new URL(challenger.url.origin));
  const within = url === undefined ? undefined : realmZone(challenger, url);
  if (url !== undefined && within !== undefined) return { url, within };
  const where = url === undefined ? 'an invalid address' : url.host;
  const message = `${registry} sends the sign-in to ${where}, which is not allowed. Check the registry's address.`;
  throw new ModelError('auth-denied', message, { registry });
}
