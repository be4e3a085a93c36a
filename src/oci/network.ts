/** Which servers are talked to, and how: hosts, plain http, and addresses that an answer may not point to. */
import { BlockList, isIP } from 'node:net';
import { ModelError } from '../base/error.ts';
import { parseUrl } from '../base/url.ts';
import { DOCKER_HUB } from './shorthand.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Addresses that mean this machine or its own network segment, such as cloud metadata services. */
const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('0.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LOCAL.addAddress('::1', 'ipv6');
LOCAL.addAddress('::', 'ipv6');
LOCAL.addSubnet('fe80::', 10, 'ipv6');

/** `[::1]:5000` → `::1`, `localhost:5000` → `localhost`. @param host with a port or without. */
function bareHost(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  return (bracketed?.[1] ?? host.replace(/:\d+$/, '')).toLowerCase();
}

function isLocalName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

function isListed(list: BlockList, name: string): boolean {
  const family = isIP(name);
  return family !== 0 && list.check(name, family === 4 ? 'ipv4' : 'ipv6');
}

/** Whether `host` is this machine by its name: `localhost`, `*.localhost`, 127.0.0.0/8 or ::1. */
export function isLoopbackHost(host: string): boolean {
  const name = bareHost(host);
  return isLocalName(name) || isListed(LOOPBACK, name);
}

/** Whether `host` is loopback, unspecified or link-local by its name. */
export function isLocalHost(host: string): boolean {
  const name = bareHost(host);
  return isLocalName(name) || isListed(LOCAL, name);
}

/** The host that is connected to for a registry: Docker Hub's API is not on docker.io itself. */
export function connectHost(registry: string): string {
  return registry === DOCKER_HUB ? 'registry-1.docker.io' : registry;
}

/**
 * The origin of a registry's API, such as `https://ghcr.io`.
 * @param plainHttp whether a registry that is not on this machine may be asked without TLS.
 * @throws ModelError `reference-invalid` where the host cannot stand in a URL.
 */
export function registryOrigin(registry: string, plainHttp: (registry: string) => boolean): string {
  const scheme = isLoopbackHost(registry) || plainHttp(registry) ? 'http' : 'https';
  const url = parseUrl(`${scheme}://${connectHost(registry)}`);
  if (url !== undefined) return url.origin;
  throw new ModelError('reference-invalid', `“${registry}” is not the host name of a registry.`);
}

/**
 * Whether an answer from `from` may send this machine to `to`: never from https to http, and never from
 * another machine to an address of this one.
 */
export function mayFollow(from: URL, to: URL): boolean {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return false;
  if (from.protocol === 'https:' && to.protocol !== 'https:') return false;
  return isLocalHost(from.hostname) || !isLocalHost(to.hostname);
}
