/**
 * The routes of the API (distribution-spec, spec.md, "Endpoints"):
 *   /v2/  ·  /v2/_catalog  ·  /v2/<name>/tags/list  ·  /v2/<name>/manifests/<reference>  ·  /v2/<name>/blobs/<digest>
 */
import { tryParseDigest } from '../oci/spec/digest.ts';
import { ServeError } from './distributionErrors.ts';

export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: string };

/** distribution-spec's grammar of a name, with upper case, since a layout may have been pulled from Hugging Face. */
const NAME =
  /^[A-Za-z0-9]+(?:(?:\.|_|__|-+)[A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:(?:\.|_|__|-+)[A-Za-z0-9]+)*)*$/;
const MAX_NAME = 255;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ServeError('NAME_INVALID', 'the path is not valid');
  }
}

function checkName(name: string): string {
  if (name.length <= MAX_NAME && NAME.test(name)) return name;
  throw new ServeError('NAME_INVALID', 'invalid repository name', {
    detail: { name: name.slice(0, MAX_NAME) },
  });
}

/** Checks a digest. @throws ServeError `DIGEST_INVALID`. */
export function checkDigest(digest: string): string {
  if (tryParseDigest(digest) !== undefined) return digest;
  throw new ServeError('DIGEST_INVALID', 'provided digest is not valid', { detail: digest.slice(0, 200) });
}

/** Parses a request. @param pathname of its URL. @throws ServeError. */
export function parseRoute(pathname: string): Route {
  const parts = pathname.split('/').map(decode);
  const [root, version, ...rest] = parts;
  if (root !== '' || version !== 'v2') throw notFound();
  if (rest.length === 0 || (rest.length === 1 && rest[0] === '')) return { kind: 'base' };
  if (rest.length === 1 && rest[0] === '_catalog') return { kind: 'catalog' };
  const [kind = '', last = ''] = rest.slice(-2);
  const name = rest.slice(0, -2).join('/');
  if (kind === 'tags' && last === 'list') return { kind: 'tags', name: checkName(name) };
  if (kind === 'manifests') return { kind: 'manifest', name: checkName(name), reference: last };
  if (kind === 'blobs') return { kind: 'blob', name: checkName(name), digest: checkDigest(last) };
  throw notFound();
}

function notFound(): ServeError {
  return new ServeError('UNSUPPORTED', 'this registry has no such endpoint', { status: 404 });
}
