/** The servers of registries: their hosts, plain http, and addresses that an answer may not lead to. */
import { BlockList, isIP } from 'node:net';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { parseUrl } from '../../base/url.ts';
import { hostOf } from '../spec/hosts.ts';
import { leadTo, withoutEndDots } from './zone.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** `[::1]:5000` → `::1`, `localhost.:5000` → `localhost`. @param host with a port or without. */
function bareHost(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  return (bracketed?.[1] ?? withoutEndDots(host.replace(/:\d+$/, ''))).toLowerCase();
}

/** Tells whether the name `host` means this machine: `localhost`, `*.localhost`, 127.0.0.0/8 or ::1. */
export function isLoopbackHost(host: string): boolean {
  const name = bareHost(host);
  const family = isIP(name);
  if (family !== 0) return LOOPBACK.check(name, family === 4 ? 'ipv4' : 'ipv6');
  return name === 'localhost' || name.endsWith('.localhost');
}

/** Returns the host to connect to for a registry. Docker Hub's API is not on docker.io itself. */
export function connectHost(registry: string): string {
  return hostOf(registry)?.connectTo ?? registry;
}

/**
 * Returns the origin of a registry's API, such as `https://ghcr.io`.
 * @param plainHttp tells whether a registry on another machine may be asked without TLS.
 * @throws ModelError `reference-invalid` if the host is not valid in a URL.
 */
export function registryOrigin(registry: string, plainHttp: (registry: string) => boolean): string {
  const scheme = isLoopbackHost(registry) || plainHttp(registry) ? 'http' : 'https';
  const url = parseUrl(`${scheme}://${connectHost(registry)}`);
  if (url !== undefined) return url.origin;
  throw new ModelError('reference-invalid', t('“{0}” is not the host name of a registry.', registry));
}

/**
 * Tells whether an answer from `from` may lead this machine to `to`, judged by their names alone. See zone.ts for the
 * rule.
 */
export function mayFollow(from: URL, to: URL): boolean {
  return leadTo({ url: from }, to) !== undefined;
}
