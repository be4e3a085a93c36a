/** Registries without an API of their own, listed by the distribution API. */
import { isModelError } from '../../base/error.ts';
import type { CatalogHost, ListingOptions } from './catalogHost.ts';

/** Tells whether the registry has tags under exactly this name. */
async function isRepository(
  host: string,
  name: string,
  { registry, signal }: ListingOptions,
): Promise<boolean> {
  try {
    return (await registry.tags(host, name, { signal })).length > 0;
  } catch (error) {
    if (isModelError(error, 'not-found')) return false;
    throw error;
  }
}

/** Tells whether an error is of the way to a server, or of the user, so that another request is no help. */
export function isFinal(error: unknown): boolean {
  return (['cancelled', 'offline', 'tls'] as const).some((code) => isModelError(error, code));
}

/** Lists the repositories below a namespace, and the one with its name. */
async function listBelow(host: string, namespace: string, options: ListingOptions): Promise<string[]> {
  const { registry, signal, onCut } = options;
  const filter = (name: string): boolean => name === namespace || name.startsWith(`${namespace}/`);
  let unlisted: unknown;
  let found: string[] = [];
  try {
    found = (await registry.repositories(host, { signal, onCut, filter })).sort();
  } catch (error) {
    if (isFinal(error)) throw error;
    // Most public registries have no list, or not for everybody; a repository can still be asked for its tags.
    unlisted = error;
  }
  if (found.length > 0) return found;
  if (await isRepository(host, namespace, options)) return [namespace];
  if (unlisted !== undefined) throw unlisted;
  return [];
}

/** Returns the lists of a registry by the distribution API. */
export function plain(host: string): CatalogHost {
  return {
    registry: host,
    async repositories({ namespace }, options) {
      if (namespace !== undefined) return listBelow(host, namespace, options);
      const { registry, signal, onCut } = options;
      return (await registry.repositories(host, { signal, onCut })).sort();
    },
    tags: (repository, { registry, signal, onCut }) => registry.tags(host, repository, { signal, onCut }),
  };
}
