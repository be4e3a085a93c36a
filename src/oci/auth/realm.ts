/**
 * Limits for the `realm` of a challenge and its redirects. A server chooses the address, and this machine sends a
 * login there and reads the answer, so the rule for every address in an answer (zone.ts) has more conditions here.
 */
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { parseUrl } from '../../base/url.ts';
import { isLoopbackHost } from '../http/servers.ts';
import { type Answerer, leadTo, type Zone } from '../http/zone.ts';

/**
 * Returns the limit for the addresses of a sign-in server, as `leadTo` does, or undefined if the answer may not lead
 * there. The server must speak https. One that is asked over plain http may also name its own host, and one on this
 * machine any port of it.
 */
export function realmZone(from: Answerer, realm: URL): Zone | undefined {
  if (realm.username !== '' || realm.password !== '') return undefined;
  const zone = leadTo(from, realm);
  if (zone === undefined || realm.protocol === 'https:') return zone;
  const { url } = from;
  const isNear = realm.hostname === url.hostname || (isLoopbackHost(url.host) && isLoopbackHost(realm.host));
  return isNear ? zone : undefined;
}

/** Tells whether a registry's challenge may point to `realm`, judged by their names alone. */
export function isRealmAllowed(origin: URL, realm: URL): boolean {
  return realmZone({ url: origin }, realm) !== undefined;
}

/** A permitted server, and the limit for its addresses. */
export interface AllowedServer {
  readonly url: URL;
  readonly within: Zone;
}

/**
 * Resolves the realm of a challenge. A relative one is resolved against the registry's API.
 * @param registry its host, for the error.
 * @param challenger the host that gave the challenge.
 * @throws ModelError `auth-denied` if it is not allowed.
 */
export function realmServer(registry: string, challenger: Answerer, realm: string): AllowedServer {
  const url = parseUrl(realm, new URL(challenger.url.origin));
  const within = url === undefined ? undefined : realmZone(challenger, url);
  if (url !== undefined && within !== undefined) return { url, within };
  const message =
    url === undefined
      ? t('{0} sends the sign-in to an invalid address. Check the registry’s address.', registry)
      : t(
          '{0} sends the sign-in to {1}, which is not allowed. Check the registry’s address.',
          registry,
          url.host,
        );
  throw new ModelError('auth-denied', message, { registry });
}
