/** Lists of the models that can be pulled: repositories of an entry, their tags and sizes, and search results. */
import type { RegistryEntry } from './entry.ts';
import {
  type CatalogHost,
  catalogHost,
  type ListedRepository,
  type ListingOptions,
  type Offer,
} from './hosts/index.ts';
import type { ListedTag } from './recommend.ts';

export type { ListedRepository, ListingOptions, Offer } from './hosts/index.ts';

/** Longest search, in characters. */
const MAX_QUERY_LENGTH = 100;

/**
 * Lists the repositories of an entry. Docker Hub's, Harbor's and Hugging Face's are sorted by popularity, others by name.
 * An entry that is a repository itself is a list of one.
 * @throws ModelError `not-found` if there is neither such a list nor such a repository, and the errors of
 * {@link RegistryClient}.
 */
export async function listRepositories(
  entry: RegistryEntry,
  options: ListingOptions,
): Promise<ListedRepository[]> {
  return catalogHost(entry.host).repositories(entry, options);
}

/** Compares numbers by value: `1b` before `12b`. Making one takes longer than thousands of comparisons. */
const byNumber = new Intl.Collator('en', { numeric: true });

/** Sorts `latest` first, then by {@link byNumber}. */
function compareTags(a: string, b: string): number {
  if (a === 'latest' || b === 'latest') return a === b ? 0 : a === 'latest' ? -1 : 1;
  return byNumber.compare(a, b) || (a < b ? -1 : 1);
}

/**
 * Lists the tags of a repository, `latest` first, with their bytes if the registry's lists have them, which most do not.
 * Sizes that cannot be had are left out.
 * @param repository the whole name without the host, as {@link listRepositories} returns it.
 * @throws ModelError as {@link RegistryClient.tags} does.
 */
export async function listTags(
  entry: RegistryEntry,
  repository: string,
  options: ListingOptions,
): Promise<ListedTag[]> {
  const host = catalogHost(entry.host);
  const found = await (host.sizedTags?.(repository, options) ?? listApart(host, repository, options));
  return found.sort((a, b) => compareTags(a.tag, b.tag));
}

/** Asks for names and sizes at the same time. The list of sizes may end before that of names. */
async function listApart(
  host: CatalogHost,
  repository: string,
  options: ListingOptions,
): Promise<ListedTag[]> {
  const none: ReadonlyMap<string, number> = new Map();
  const [names, sizes] = await Promise.all([
    host.tags(repository, options),
    host.sizes?.(repository, { ...options, onCut: undefined }).catch(() => none) ?? none,
  ]);
  return names.map((tag) => ({ tag, bytes: sizes.get(tag) }));
}

/** Returns the lists that can be expected of a registry. A plain one may refuse some of them. */
export function offersOf(registry: string): readonly Offer[] {
  return catalogHost(registry).offers;
}

/** Tells whether a registry can be searched. */
export function canSearch(registry: string): boolean {
  return catalogHost(registry).search !== undefined;
}

/**
 * Finds public repositories, the best match first. Returns none if the registry
 * cannot be searched.
 * @throws ModelError `rate-limited`, `registry-error`, `offline`, `tls`, `cancelled`.
 */
export async function searchRepositories(
  registry: string,
  query: string,
  options: ListingOptions,
): Promise<ListedRepository[]> {
  const text = query.trim().slice(0, MAX_QUERY_LENGTH);
  if (text === '') return [];
  return (await catalogHost(registry).search?.(text, options)) ?? [];
}
