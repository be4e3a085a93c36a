/**
 * The `Link` header of a listing (RFC 8288; distribution-spec, "Listing Tags").
 *
 * Grammar:
 *   Link       = #link-value
 *   link-value = "<" URI-Reference ">" *( OWS ";" OWS [ param ] )
 *   param      = token BWS [ "=" BWS ( token / quoted-string ) ]
 */
import { ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { parseUrl } from '../../base/url.ts';

/** Longest header line that is parsed, in characters. */
const MAX_LINE = 8 * 1024;

interface Link {
  readonly target: string;
  readonly relations: readonly string[];
}

const TARGET = /[\s,]*<([^<>]*)>/y;
const PARAMETER =
  /\s*;\s*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+)))?)?/y;
const END = /\s*(?:,|$)/y;

/** Returns the links of one header line, or undefined if it does not match the grammar. */
function parseLinks(line: string): Link[] | undefined {
  const links: Link[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(line);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (line.slice(at).trim() !== '') {
    const target = take(TARGET);
    if (target === null) return undefined;
    const relations: string[] = [];
    for (let param = take(PARAMETER); param !== null; param = take(PARAMETER)) {
      if (param[1]?.toLowerCase() !== 'rel') continue;
      relations.push(...(param[2] ?? param[3] ?? '').toLowerCase().split(/\s+/));
    }
    if (take(END) === null) return undefined;
    links.push({ target: target[1] ?? '', relations });
  }
  return links;
}

function failure(host: string, reason: Localized): ModelError {
  const message = t('{0} returned an incomplete list: {1}.', host, reason);
  return new ModelError('registry-error', message, { registry: host });
}

/**
 * Returns the address of the next page, or undefined on the last one. It must have the origin of the request, so
 * that a registry cannot point this machine at another server.
 * @throws ModelError `registry-error` if the header is not valid or points elsewhere.
 */
export function nextPage(requestUrl: string, linkHeaders: readonly string[]): string | undefined {
  const request = new URL(requestUrl);
  for (const line of linkHeaders) {
    const links = parseLinks(line);
    if (links === undefined) throw failure(request.host, t('its Link header is not valid'));
    const next = links.find((link) => link.relations.includes('next'));
    if (next === undefined) continue;
    const url = parseUrl(next.target, request);
    if (url === undefined) throw failure(request.host, t('the address of the next page is not valid'));
    if (url.origin !== request.origin) throw failure(request.host, t('the next page is on another server'));
    return url.href;
  }
  return undefined;
}

/** The header of old versions of Quay, without brackets around the address. */
const BARE_NEXT = /^\s*([^\s<>;,"]+)\s*;\s*rel="?next"?\s*$/i;

/** Returns the target of `rel="next"`, wherever it leads, or undefined if there is none. */
function nextTarget(request: URL, linkHeaders: readonly string[]): URL | undefined {
  for (const line of linkHeaders) {
    const next = parseLinks(line)?.find((link) => link.relations.includes('next'));
    const target = next?.target ?? BARE_NEXT.exec(line)?.[1];
    if (target !== undefined) return parseUrl(target, request);
  }
  return undefined;
}

/**
 * Works as {@link nextPage}, for a list whose first pages are useful without the others. A registry behind a proxy
 * may know itself by another name or scheme; the same path is then requested from the server that answered.
 * @returns `elsewhere` if there is a next page that must not be requested.
 */
export function pageAfter(
  requestUrl: string,
  linkHeaders: readonly string[],
): { readonly url: string } | 'elsewhere' | undefined {
  const request = new URL(requestUrl);
  const lines = linkHeaders.filter((line) => line.length <= MAX_LINE);
  if (lines.length < linkHeaders.length) return 'elsewhere';
  try {
    const url = nextPage(requestUrl, lines);
    return url === undefined ? undefined : { url };
  } catch {
    const target = nextTarget(request, lines);
    if (target?.pathname !== request.pathname) return 'elsewhere';
    return { url: new URL(`${target.pathname}${target.search}`, request).href };
  }
}
