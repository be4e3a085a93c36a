/** Docker Hub's own API (docs.docker.com/reference/api/hub): its registry has no `_catalog`. */
import * as z from 'zod';
import { isModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { isRepositoryName, namesOn } from '../../oci/index.ts';
import { dockerHub as hub } from '../../oci/spec/hosts/dockerHub.ts';
import type { ListedTag } from '../recommend.ts';
import type { CatalogHost, ListedRepository, ListingOptions } from './catalogHost.ts';
import {
  apiUrl,
  askApi,
  countSchema,
  type HostApi,
  lineOf,
  listOf,
  readPages,
  sizeSchema,
  uniqueNames,
} from './hostApi.ts';
import { isFinal, plain } from './plain.ts';

const api: HostApi = { registry: hub.registry, title: hub.title, url: 'https://hub.docker.com' };
const { isTag } = namesOn(hub.registry);
/** The most that the API returns in one page. */
const PAGE_SIZE = 100;
const MAX_PAGES = 20;

const repositoryPage = z.object({
  next: z.string().nullish(),
  results: listOf(
    z.object({
      name: z.string(),
      namespace: z.string(),
      description: z.string().nullish(),
      is_private: z.boolean().nullish(),
      pull_count: countSchema,
    }),
  ),
});
const tagPage = z.object({
  next: z.string().nullish(),
  results: listOf(z.object({ name: z.string(), full_size: sizeSchema.catch(undefined) })),
});
const searchPage = z.object({
  next: z.string().nullish(),
  results: listOf(
    z.object({
      repo_name: z.string(),
      short_description: z.string().nullish(),
      pull_count: countSchema,
    }),
  ),
});

/** Lists the public repositories of a namespace, the most pulled ones first. */
async function listNamespace(namespace: string, options: ListingOptions): Promise<ListedRepository[]> {
  const query = { page_size: PAGE_SIZE, ordering: 'pull_count' };
  const request = {
    schema: repositoryPage,
    what: t('the repositories of {0}', namespace),
    missing: (status: number) =>
      status === 404 ? t('Docker Hub has no namespace “{0}”. Check its name.', namespace) : undefined,
  };
  const found = await readPages(
    apiUrl(api, `/v2/repositories/${namespace}/`, query, options),
    MAX_PAGES,
    async (url) => {
      const { next, results } = await askApi(api, url, request, options);
      const shown = results.filter(({ is_private: isPrivate }) => isPrivate !== true);
      const items = shown.map(({ name, namespace: owner, description, pull_count: pulls }) => ({
        name: `${owner}/${name}`,
        pulls: pulls ?? undefined,
        description: lineOf(description),
      }));
      return { next, items };
    },
    options.onCut,
  );
  return uniqueNames(found, isRepositoryName);
}

/** Returns the whole name of a result: official images come without their namespace. */
function wholeName(name: string): string {
  return name.includes('/') ? name : `library/${name}`;
}

/** Lists the tags of a public repository, which costs nothing of the limit for pulls. */
function listPublicTags(repository: string, options: ListingOptions): Promise<ListedTag[]> {
  const request = { schema: tagPage, what: t('the tags of {0}', repository) };
  return readPages(
    apiUrl(api, `/v2/repositories/${repository}/tags/`, { page_size: PAGE_SIZE, page: 1 }, options),
    MAX_PAGES,
    async (url) => {
      const { next, results } = await askApi(api, url, request, options);
      const usable = results.filter(({ name }) => isTag(name));
      return {
        next,
        items: usable.map(({ name, full_size: size }) => ({ tag: name, bytes: size || undefined })),
      };
    },
    options.onCut,
  );
}

const distribution = plain(hub.registry);

/** Lists tags by the Hub's API, and those of a private repository by the registry, with the user's login. */
async function sizedTags(repository: string, options: ListingOptions): Promise<ListedTag[]> {
  try {
    const found = await listPublicTags(repository, options);
    // A tag that was pushed between two pages is on both.
    if (found.length > 0) return [...new Map(found.map((one) => [one.tag, one])).values()];
  } catch (error) {
    // The registry is another server, so it may be reachable nevertheless.
    if (isFinal(error) && !isModelError(error, 'offline')) throw error;
  }
  return (await distribution.tags(repository, options)).map((tag) => ({ tag }));
}

/** The lists of Docker Hub. */
export const dockerHub: CatalogHost = {
  ...distribution,
  sizedTags,
  tags: async (repository, options) => (await sizedTags(repository, options)).map(({ tag }) => tag),
  offers: ['repositories', 'tags', 'sizes', 'search'],
  async repositories({ namespace = '' }, options) {
    if (!namespace.includes('/')) return listNamespace(namespace, options);
    // Namespaces are not nested here, so a name with a slash is a repository.
    const { registry, signal } = options;
    await registry.tags(hub.registry, namespace, { signal });
    return [{ name: namespace }];
  },
  async search(query, options) {
    const url = apiUrl(api, '/v2/search/repositories/', { query, page_size: PAGE_SIZE }, options);
    const request = { schema: searchPage, what: t('repositories that match “{0}”', query) };
    const { next, results } = await askApi(api, url, request, options);
    if (next) options.onCut?.();
    const found = results.map(({ repo_name: name, short_description: description, pull_count: pulls }) => ({
      name: wholeName(name),
      pulls: pulls ?? undefined,
      description: lineOf(description),
    }));
    return uniqueNames(found, isRepositoryName);
  },
};
