/**
 * Quay's own API (docs.projectquay.io/api_quay.html; quay/quay, endpoints/api): its `_catalog` needs a login. The API
 * shows public repositories only, so the distribution API is asked if it refuses or knows none.
 */
import * as z from 'zod';
import { type Localized, t } from '../../base/l10n.ts';
import { isRepositoryName } from '../../oci/index.ts';
import { quay as host } from '../../oci/spec/hosts/quay.ts';
import type { RegistryEntry } from '../entry.ts';
import type { CatalogHost, ListedRepository, ListingOptions } from './catalogHost.ts';
import {
  apiUrl,
  askApi,
  type HostApi,
  lineOf,
  listOf,
  readPages,
  readSizes,
  sizeSchema,
  uniqueNames,
} from './hostApi.ts';
import { isFinal, plain } from './plain.ts';

const api: HostApi = { registry: host.registry, title: host.title, url: `https://${host.registry}` };
const MAX_PAGES = 20;
/** Pages of search results, of which one has ten. */
const MAX_SEARCH_PAGES = 5;
/** The most tags that the API returns in one page. */
const TAGS_PER_PAGE = 100;

/** The answer of `listRepos`; `next_page` is an opaque token. Applications are no repositories of models. */
const repositoryPage = z.object({
  repositories: listOf(
    z.object({
      namespace: z.string(),
      name: z.string(),
      description: z.string().nullish(),
      kind: z.string().nullish(),
      is_public: z.boolean().nullish(),
    }),
  ),
  next_page: z.string().nullish(),
});
/** The answer of `listRepoTags`; `size` is null for indexes. */
const tagPage = z.object({
  tags: listOf(z.object({ name: z.string(), size: sizeSchema })),
  has_additional: z.boolean().nullish(),
});
/** The answer of `conductRepoSearch`. */
const searchPage = z.object({
  results: listOf(
    z.object({
      kind: z.string().nullish(),
      name: z.string(),
      namespace: z.object({ name: z.string() }),
      description: z.string().nullish(),
      is_public: z.boolean().nullish(),
    }),
  ),
  has_additional: z.boolean().nullish(),
});

interface Listed {
  readonly owner: string;
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly kind?: string | null | undefined;
  readonly is_public?: boolean | null | undefined;
}

/** Returns the names that can be pulled, each once. */
function usableNames(found: readonly Listed[]): ListedRepository[] {
  const shown = found.filter(({ kind, is_public: isPublic }) => kind !== 'application' && isPublic !== false);
  const listed = shown.map(({ owner, name, description }) => ({
    name: `${owner}/${name}`,
    description: lineOf(description),
  }));
  return uniqueNames(listed, isRepositoryName);
}

function request<T>(schema: z.ZodType<T>, what: Localized) {
  return { schema, what };
}

/** Lists the public repositories of a namespace. @param namespace defaults to all of them. */
async function listPublic(
  namespace: string | undefined,
  options: ListingOptions,
): Promise<ListedRepository[]> {
  const wanted = request(
    repositoryPage,
    namespace === undefined ? t('its public repositories') : t('the repositories of {0}', namespace),
  );
  const first = apiUrl(api, '/api/v1/repository', { namespace, public: 'true' }, options);
  const found = await readPages(
    first,
    MAX_PAGES,
    async (url) => {
      const { repositories, next_page: token } = await askApi(api, url, wanted, options);
      const next = new URL(first);
      if (token) next.searchParams.set('next_page', token);
      return {
        items: repositories.map(({ namespace: owner, ...more }) => ({ owner, ...more })),
        next: token ? next.href : undefined,
      };
    },
    options.onCut,
  );
  return usableNames(found).sort((a, b) => (a.name < b.name ? -1 : 1));
}

const distribution = plain(host.registry);

async function repositories(entry: RegistryEntry, options: ListingOptions): Promise<ListedRepository[]> {
  // The API's namespaces have no slash; a whole repository is asked for its tags.
  if (entry.namespace?.includes('/') === true) return distribution.repositories(entry, options);
  let refusal: unknown;
  try {
    const found = await listPublic(entry.namespace, options);
    if (found.length > 0) return found;
  } catch (error) {
    if (isFinal(error)) throw error;
    refusal = error;
  }
  try {
    return await distribution.repositories(entry, options);
  } catch (error) {
    // The first refusal says more about the list; the distribution API usually wants a login for it.
    throw refusal === undefined || isFinal(error) ? error : refusal;
  }
}

/** The lists of Quay. */
export const quay: CatalogHost = {
  ...distribution,
  offers: ['repositories', 'tags', 'sizes', 'search'],
  repositories,
  sizes: (repository, options) =>
    readSizes(
      (page) =>
        apiUrl(
          api,
          `/api/v1/repository/${repository}/tag/`,
          { onlyActiveTags: 'true', limit: TAGS_PER_PAGE, page },
          options,
        ),
      tagPage,
      ({ tags, has_additional: hasMore }) => ({
        sizes: tags.map(({ name, size }) => [name, size]),
        isLast: hasMore !== true,
      }),
      options,
    ),
  async search(query, options) {
    const wanted = request(searchPage, t('repositories that match “{0}”', query));
    const pageUrl = (page: number): URL => apiUrl(api, '/api/v1/find/repositories', { query, page }, options);
    let page = 1;
    const found = await readPages(
      pageUrl(page),
      MAX_SEARCH_PAGES,
      async (url) => {
        const { results, has_additional: hasMore } = await askApi(api, url, wanted, options);
        page++;
        return {
          items: results.map(({ namespace, ...more }) => ({ owner: namespace.name, ...more })),
          next: hasMore === true ? pageUrl(page).href : undefined,
        };
      },
      options.onCut,
    );
    return usableNames(found);
  },
};
