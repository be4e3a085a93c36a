/** Addresses of endpoints, as a person types or pastes them. */
import { ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { quoted } from '../base/text.ts';
import { parseUrl } from '../base/url.ts';

/** Paths of the API that people paste along with its base. */
const ENDINGS = /\/(?:chat\/completions|completions|models|responses|embeddings)\/?$/;

/**
 * Parses the address of an endpoint. Without a scheme it is plain HTTP, as local servers speak it; a host with a dot
 * gets TLS.
 * @throws ModelError `reference-invalid` for anything else, and for one with a login, which would be shown.
 */
export function parseEndpointUrl(text: string): URL {
  const typed = text.trim();
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed);
  const url = parseUrl(hasScheme ? typed : `${isNearby(typed) ? 'http' : 'https'}://${typed}`);
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '' || /\s/.test(typed)) {
    const message = t(
      '{0} is not the address of a server. Write it like http://localhost:8000/v1.',
      quoted(text, 120),
    );
    throw new ModelError('reference-invalid', message);
  }
  if (url.username !== '' || url.password !== '') {
    throw new ModelError(
      'reference-invalid',
      t('The address must not have a user name or password. The API key is asked for separately.'),
    );
  }
  url.search = '';
  url.hash = '';
  url.pathname = url.pathname.replace(ENDINGS, '').replace(/\/+$/, '');
  return url;
}

/** Returns the text of an address, by which endpoints are told apart: `http://localhost:8000/v1`. */
export function formatEndpointUrl(url: URL): string {
  return url.href.replace(/\/$/, '');
}

/** Tells if a host without a scheme is on this machine or in this network. */
function isNearby(text: string): boolean {
  const host = text.split(/[/:]/, 1)[0] ?? '';
  return !host.includes('.') || /^[\d.]+$/.test(host) || /\.(?:local|lan|internal|localhost)$/i.test(host);
}

/** The bases under which servers have OpenAI's API, the usual one first. */
const BASES = ['/v1', '/engines/v1', ''];

/** Returns the addresses to try for one that was typed. */
export function candidateUrls(url: URL): URL[] {
  const paths = url.pathname === '/' || url.pathname === '' ? BASES : [url.pathname, `${url.pathname}/v1`];
  return paths.map((path) => parseUrl(path === '' ? '/' : path, url) ?? url);
}

/** Returns the root of a server, below which it has paths of its own, such as `/props`. */
export function serverRoot(base: URL): URL {
  const root = parseUrl(base.href) ?? base;
  root.pathname = root.pathname.replace(/\/(?:engines\/(?:[\w.-]+\/)?)?v1\/?$/, '').replace(/\/+$/, '');
  return root;
}

/** Returns the address of a path below a base, which may have a path itself. @param path begins with a slash. */
export function below(base: URL, path: string): URL {
  return new URL(`${formatEndpointUrl(base)}${path}`);
}
