/**
 * Keys of `auths` and `credHelpers`, and which of them belongs to a registry.
 *
 * Docker writes a host (`ghcr.io`), Docker Hub's address (`https://index.docker.io/v1/`), and formerly addresses
 * of any registry; docker/cli (cli/config/credentials, ConvertToHostname) compares them without scheme and path.
 * Podman also writes namespaces (`quay.io/org`), of which the longest counts (containers-auth.json(5)).
 */
import { canonicalRegistry } from '../oci/spec/reference.ts';
import { DOCKER_HUB } from '../oci/spec/shorthand.ts';

/** Docker Hub's key in Docker's configuration, and for the helpers. */
export const HUB_KEY = 'https://index.docker.io/v1/';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** The host and port of a key: scheme, login and path are removed. */
export function hostOfKey(key: string): string {
  const rest = key.replace(SCHEME, '');
  const host = rest.split('/', 1)[0] ?? '';
  return host.slice(host.lastIndexOf('@') + 1);
}

/** What Docker Desktop keeps beside the login under `…/v1/access-token` and the like, which is none itself. */
export function isPseudoKey(key: string): boolean {
  return /^(?:https?:\/\/)?index\.docker\.io\/v1\/./i.test(key);
}

/** The key under which helpers keep the login of a registry. */
export function serverKey(registry: string): string {
  return registry === DOCKER_HUB ? HUB_KEY : registry;
}

/** The registry that a key is for as a whole, or undefined for a namespace's. */
function registryOfKey(key: string): string | undefined {
  const hasPath = !SCHEME.test(key) && /\/./.test(key.replace(/\/v[12]\/?$/, ''));
  return hasPath ? undefined : canonicalRegistry(hostOfKey(key));
}

/** The exact keys of a repository and its registry, the longest first. */
function* exactKeys(registry: string, repository: string | undefined): Generator<string> {
  for (let path = repository ?? ''; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('/')))) {
    yield `${registry}/${path}`;
  }
  if (registry === DOCKER_HUB) yield HUB_KEY;
  yield registry;
}

/**
 * The key that belongs to a registry: one of a namespace of the repository, the longest first; then exactly the
 * registry; then one that is the registry without scheme and path.
 */
export function findKey(
  keys: readonly string[],
  registry: string,
  repository?: string | undefined,
): string | undefined {
  const usable = keys.filter((key) => !isPseudoKey(key));
  for (const exact of exactKeys(registry, repository)) if (usable.includes(exact)) return exact;
  const wanted = canonicalRegistry(registry);
  return usable.find((key) => registryOfKey(key) === wanted);
}
