/**
 * Keys of `auths` and `credHelpers`, and the one that belongs to a registry.
 *
 * Docker writes a host (`ghcr.io`), Docker Hub's address (`https://index.docker.io/v1/`), and formerly addresses
 * of any registry; docker/cli (cli/config/credentials, ConvertToHostname) compares them without scheme and path.
 * Podman also writes namespaces (`quay.io/org`), of which the longest wins (containers-auth.json(5)).
 */
import { canonicalRegistry, hostOf, REGISTRY_HOSTS } from '../oci/spec/hosts.ts';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

function withoutScheme(key: string): string {
  return key.replace(SCHEME, '');
}

/** Returns the host and port of a key, without scheme, login and path. */
export function hostOfKey(key: string): string {
  const host = withoutScheme(key).split('/', 1)[0] ?? '';
  return host.slice(host.lastIndexOf('@') + 1);
}

const DOCKER_KEYS: readonly string[] = REGISTRY_HOSTS.flatMap(({ dockerKey }) =>
  dockerKey === undefined ? [] : [withoutScheme(dockerKey).toLowerCase()],
);

/** Tells whether a key is one that Docker Desktop keeps beside a login: `…/v1/access-token` and the like. */
export function isPseudoKey(key: string): boolean {
  const bare = withoutScheme(key).toLowerCase();
  return DOCKER_KEYS.some((dockerKey) => bare.startsWith(dockerKey) && bare !== dockerKey);
}

/** Returns the key under which helpers keep the login of a registry. */
export function serverKey(registry: string): string {
  return hostOf(registry)?.dockerKey ?? registry;
}

/** Returns the registry that a key is for, or undefined if it is for a namespace only. */
function registryOfKey(key: string): string | undefined {
  const hasPath = !SCHEME.test(key) && /\/./.test(key.replace(/\/v[12]\/?$/, ''));
  return hasPath ? undefined : sameHost(hostOfKey(key));
}

/** Maps the spellings of a host to one: case does not matter, and port 443 is that of https. */
export function sameHost(host: string): string {
  return canonicalRegistry(host.toLowerCase().replace(/:443$/, ''));
}

/** Yields the exact keys of a repository and its registry, the longest first. */
function* exactKeys(registry: string, repository: string | undefined): Generator<string> {
  for (let path = repository ?? ''; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('/')))) {
    yield `${registry}/${path}`;
  }
  yield serverKey(registry);
  yield registry;
}

/**
 * Finds the key that belongs to a registry. A namespace of the repository is preferred, the longest first; then
 * the registry itself; then a key that is the registry without scheme and path, in any case.
 */
export function findKey(
  keys: readonly string[],
  registry: string,
  repository?: string | undefined,
): string | undefined {
  const usable = keys.filter((key) => !isPseudoKey(key));
  for (const exact of exactKeys(registry, repository)) if (usable.includes(exact)) return exact;
  const wanted = sameHost(registry);
  return usable.find((key) => registryOfKey(key) === wanted);
}
