/**
 * The rules for hosts that are reached without the proxy.
 *
 * Rules are separated by commas or white space, and combine those of curl (CURLOPT_NOPROXY) and Go
 * (golang.org/x/net/http/httpproxy):
 *   rule ::= "*" | [ "*" ] [ "." ] name [ ":" port ] | address [ ":" port ] | address "/" prefix-length
 * A name matches itself and all names below it, with or without a dot before it. An address and a range of addresses
 * match hosts that are written as addresses. Names are not looked up. This machine is never reached through a proxy.
 */
import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from '../http/servers.ts';

type Rule = (host: string, port: number) => boolean;

/** `[::1]` → `::1`, `::ffff:10.0.0.1` → `10.0.0.1`, `Example.com.` → `example.com`. */
function plain(host: string): string {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return bare.replace(/^::ffff:(?=\d+\.)/, '').replace(/\.$/, '');
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function rangeRule(address: string, prefix: number): Rule | undefined {
  const version = isIP(address);
  if (version === 0 || prefix > (version === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, prefix, family(address));
  return (host) => isIP(host) === version && list.check(host, family(host));
}

/** Splits the port off `host:port` and `[address]:port`, but not off a bare IPv6 address. */
function splitPort(text: string): [host: string, port: number | undefined] {
  const [, host, port] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(text) ?? [];
  return host === undefined ? [text, undefined] : [host, Number(port)];
}

function parseRule(text: string): Rule | undefined {
  if (text === '*') return () => true;
  const range = /^(\[?[0-9a-f.:]+\]?)\/(\d{1,3})$/i.exec(text);
  if (range !== null) return rangeRule(plain(range[1] ?? ''), Number(range[2]));
  const [host, port] = splitPort(text);
  const name = plain(host.replace(/^\*?\./, ''));
  if (name === '' || name.includes('/')) return undefined;
  const isAddress = isIP(name) !== 0;
  return (candidate, itsPort) =>
    (port === undefined || port === itsPort) &&
    (candidate === name || (!isAddress && isIP(candidate) === 0 && candidate.endsWith(`.${name}`)));
}

/** Tells whether a host and port are reached without the proxy. */
export type NoProxy = (host: string, port: number) => boolean;

/** Parses rules, and ignores invalid ones. */
export function parseNoProxy(rules: string | readonly string[]): NoProxy {
  const texts = typeof rules === 'string' ? [rules] : rules;
  const words = texts.flatMap((text) => text.split(/[\s,]+/)).filter((word) => word !== '');
  const parsed = words.map(parseRule).filter((rule) => rule !== undefined);
  return (host, port) => {
    const name = plain(host);
    return isLoopbackHost(host) || parsed.some((rule) => rule(name, port));
  };
}
