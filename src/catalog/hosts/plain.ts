/** Registries that are listed by the distribution API, or by Harbor's if they are one and refuse it. */
import { isModelError } from '../../base/error.ts';
import type { CatalogHost, ListedRepository, ListingOptions } from './catalogHost.ts';
import { harborSizes, listHarbor } from './harbor.ts';

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

/**
 * Lists repositories as a Harbor does, after the registry asked for a login for its list.
 * @returns undefined if it is no Harbor, or refuses too.
 */
async function listOtherwise(
  host: string,
  namespace: string | undefined,
  options: ListingOptions,
  refusal: unknown,
): Promise<ListedRepository[] | undefined> {
  const asksForLogin = (['auth-required', 'auth-denied'] as const).some((code) =>
    isModelError(refusal, code),
  );
  if (!asksForLogin) return undefined;
  try {
    return await listHarbor(host, namespace, options);
  } catch (error) {
    if (isModelError(error, 'cancelled')) throw error;
    // The registry's own refusal says more.
    return undefined;
  }
}

/** Lists the repositories below a namespace, and the one with its name. */
async function listBelow(
  host: string,
  namespace: string,
  options: ListingOptions,
): Promise<ListedRepository[]> {
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
  if (found.length > 0) return found.map((name) => ({ name }));
  const others = await listOtherwise(host, namespace, options, unlisted);
  if (others !== undefined && others.length > 0) return others;
  if (await isRepository(host, namespace, options)) return [{ name: namespace }];
  if (unlisted !== undefined && others === undefined) throw unlisted;
  return [];
}

/** Returns the lists of a registry by the distribution API. */
export function plain(host: string): CatalogHost {
  return {
    registry: host,
    offers: ['repositories', 'tags'],
    async repositories({ namespace }, options) {
      if (namespace !== undefined) return listBelow(host, namespace, options);
      const { registry, signal, onCut } = options;
      try {
        return (await registry.repositories(host, { signal, onCut })).sort().map((name) => ({ name }));
      } catch (error) {
        const others = await listOtherwise(host, undefined, options, error);
        if (others === undefined) throw error;
        return others;
      }
    },
    tags: (repository, { registry, signal, onCut }) => registry.tags(host, repository, { signal, onCut }),
    sizes: (repository, options) => harborSizes(host, repository, options),
  };
}
