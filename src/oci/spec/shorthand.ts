/** Prefixes and page addresses that people paste when a reference is asked for. */
import { type Localized, t } from '../../base/l10n.ts';
import { hostOf, hostOfSite, schemeOf } from './hosts.ts';

/** `a/b/tags?x#y` → `['a', 'b', 'tags']`. */
function pathParts(path: string): string[] {
  const bare = path.split(/[?#]/, 1)[0] ?? '';
  return bare.split('/').filter((part) => part !== '');
}

/** Splits an address without its scheme into the host and the path. */
function cutHost(address: string): readonly [host: string, path: string] {
  const slash = address.indexOf('/');
  return slash < 0 ? [address, ''] : [address.slice(0, slash), address.slice(slash + 1)];
}

/**
 * Expands a pasted text to a registry or a part of it: as {@link expandShorthand} does, and also the page of an owner, of
 * a site or of the distribution API.
 */
export function expandPlace(text: string): string {
  const expanded = expandShorthand(text);
  if (isModelPage(text)) return expanded;
  const address = text.replace(/^https?:\/\//i, '');
  const [site, path] = cutHost(address.split(/[?#]/, 1)[0] ?? '');
  const host = hostOfSite(site);
  const owner = host?.readOwnerPage?.(pathParts(path));
  if (host !== undefined && owner !== undefined) return `${host.registry}/${owner}`;
  // A site that is no registry itself.
  if (host !== undefined && expanded === address && hostOf(site) === undefined) return host.registry;
  return /^https?:/i.test(text) ? expanded.replace(/^([^/]+)\/v2(?=\/|$)/, '$1') : expanded;
}

/** The model of a page; undefined if it is no known page. */
function modelOfAddress(address: string): string | undefined {
  const [site, path] = cutHost(address);
  const host = hostOfSite(site);
  const model = host?.readPage(pathParts(path));
  return host === undefined || model === undefined ? undefined : `${host.registry}/${model}`;
}

/** The model of a page, or the address as it is if it is no known page. */
function expandAddress(address: string): string {
  return modelOfAddress(address) ?? address;
}

/** Tells whether an address with `https://` is that of a model's page. */
export function isModelPage(text: string): boolean {
  return modelOfAddress(text.replace(/^https?:\/\//i, '')) !== undefined;
}

/** A page without `https://` can only be told from a reference if its host is no registry. */
function expandBare(text: string): string {
  return hostOf(cutHost(text)[0]) === undefined ? expandAddress(text) : text;
}

/**
 * Expands a pasted text to a reference that starts with a registry: `oci://` and `docker://` are removed,
 * `ollama://name:tag` becomes `registry.ollama.ai/name:tag`, and the address of a model's page becomes its name.
 * Text without a prefix is returned as it is.
 */
export function expandShorthand(text: string): string {
  const match = /^([a-z]+):\/\//i.exec(text);
  if (match === null) return expandBare(text);
  const rest = text.slice(match[0].length);
  const scheme = match[1]?.toLowerCase() ?? '';
  if (scheme === 'oci' || scheme === 'docker') return rest;
  if (scheme === 'http' || scheme === 'https') return expandAddress(rest);
  return schemeOf(scheme)?.(rest) ?? text;
}

/** Tells whether an address has a user name or a password in it: `https://user:secret@example.com/model`. */
export function hasLogin(text: string): boolean {
  return /^[a-z]+:\/\/[^/@]*@[^/]*(?:\/|$)/i.test(text) && !/@sha\d+:[0-9a-f]*$/i.test(text);
}

/** The message that stands in for an address with a login, which must not be shown. */
export function loginRefusal(): Localized {
  return t('The address contains a user name or a password. Remove it, and sign in to the registry instead.');
}
