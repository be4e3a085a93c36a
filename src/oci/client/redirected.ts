/**
 * Registries that a registry redirects to: a name may stand in front of the registry that has the content, which then
 * asks for a token itself. It gets one for what is read there, anonymous or of its own login, and never the login of
 * the registry that redirected.
 */
import type { AuthTarget } from '../auth/auth.ts';
import { isReadOnly, repositoryScope } from '../auth/scope.ts';
import { isLoopbackHost } from '../http/servers.ts';
import { canonicalRegistry } from '../spec/hosts.ts';

/** The path of a manifest or a blob in a repository (distribution-spec, "Endpoints"). */
const CONTENT = /\/v2\/([\w][\w./-]*)\/(?:manifests|blobs|tags|referrers)\/[^/]+$/;

/** Characters of a path that are looked at: a longer one is none of these. */
const MAX_PATH = 1024;

/** What is asked of whom, as far as it decides about a sign-in. */
export interface RedirectedRequest {
  readonly origin: string;
  readonly scopes: readonly string[];
}

/**
 * The registry at `url`, for its sign-in; undefined for a server that is none, such as an object store, and for
 * everything that changes something.
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
