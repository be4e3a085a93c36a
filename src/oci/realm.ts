/**
 * Where a registry may send the sign-in: the `realm` of its challenge, and what that redirects to. The address
 * is chosen by a server, and this machine sends a login to it and reads its answer, so it must not lead to
 * services that only this machine can reach.
 */
import { BlockList, isIP } from 'node:net';
import { ModelError } from '../base/error.ts';
import { parseUrl } from '../base/url.ts';
import { isLocalHost, isLoopbackHost, mayFollow } from './network.ts';

/** Addresses of networks at home and at work (RFC 1918, RFC 6598, RFC 4193). */
const PRIVATE = new BlockList();
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4');
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4');
PRIVATE.addSubnet('100.64.0.0', 10, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

/** Whether a URL's host is an address of a private network. Names are not looked up. */
function isPrivateAddress({ hostname }: URL): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  return family !== 0 && PRIVATE.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Whether a registry's challenge may point to `realm`. It must be https; a registry that is asked over plain
 * http may also name its own host or this machine. A registry elsewhere may never name this machine, its
 * network segment, or an address of a private network in which the registry itself is not.
 */
export function isRealmAllowed(origin: URL, realm: URL): boolean {
  if (!mayFollow(origin, realm) || realm.username !== '' || realm.password !== '') return false;
  const isInside = isPrivateAddress(origin) || isLocalHost(origin.hostname);
  if (isPrivateAddress(realm) && !isInside) return false;
  if (realm.protocol === 'https:') return true;
  return realm.hostname === origin.hostname || (isLoopbackHost(origin.host) && isLoopbackHost(realm.host));
}

/**
 * The address that a challenge names; a relative one counts from the registry's API.
 * @param registry its host, for the error.
 * @param origin origin of the registry's API.
 * @throws ModelError `auth-denied` where it is not allowed.
 */
export function realmUrl(registry: string, origin: string, realm: string): URL {
  const base = new URL(origin);
  const url = parseUrl(realm, base);
  if (url !== undefined && isRealmAllowed(base, url)) return url;
  const where = url === undefined ? 'an invalid address' : url.host;
  const message = `${registry} sends the sign-in to ${where}, which is not allowed. Check the registry's address.`;
  throw new ModelError('auth-denied', message, { registry });
}
