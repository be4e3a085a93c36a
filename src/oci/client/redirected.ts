/**
 * Registries behind a redirect. A name may stand in front of the registry that has the content, which then asks for a
 * token itself. It gets an anonymous one, or one by its own login, for reading only; never the login of the registry
 * that redirected.
 */
import type { AuthTarget } from '../auth/auth.ts';
import { isReadOnly, repositoryScope } from '../auth/scope.ts';
import { isLoopbackHost } from '../http/servers.ts';
import { canonicalRegistry } from '../spec/hosts.ts';

/** The path of a manifest or a blob in a repository (distribution-spec, "Endpoints"). */
const CONTENT = /\/v2\/([\w][\w./-]*)\/(?:manifests|blobs|tags|referrers)\/[^/]+$/;

/** Longest path that is examined, in characters; a longer one is none of these. */
const MAX_PATH = 1024;

/** The parts of a request that decide about a sign-in. */
export interface RedirectedRequest {
  readonly origin: string;
  readonly scopes: readonly string[];
}

/**
 * Returns the registry at `url` for its sign-in, or undefined for a server that is not one, such as an object store,
 * and for every request that changes something.
 */
export function redirectedTarget(request: RedirectedRequest, url: URL): AuthTarget | undefined {
  const repository = CONTENT.exec(url.pathname.slice(0, MAX_PATH))?.[1];
  const isHome = url.origin === new URL(request.origin).origin;
  if (repository === undefined || isHome || !isReadOnly(request.scopes)) return undefined;
  return {
    registry: canonicalRegistry(url.host),
    origin: url.origin,
    scopes: [repositoryScope(repository)],
    repository,
    withoutLogin: url.protocol !== 'https:' && !isLoopbackHost(url.host),
  };
}
