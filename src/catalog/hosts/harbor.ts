/**
 * Harbor's own API (goharbor/harbor, api/v2.0/swagger.yaml): its `_catalog` is for administrators only. Any host can be
 * a Harbor, so one is recognized by its answer, and its sizes are asked for only after that. The API shows public
 * projects; the distribution API goes on listing the tags, with the user's login.
 */
import * as z from 'zod';
import { t } from '../../base/l10n.ts';
import { isRepositoryName, type RegistryClient } from '../../oci/index.ts';
import type { ListedRepository, ListingOptions } from './catalogHost.ts';
import {
  apiUrl,
  askApi,
  countedListOf,
  countSchema,
  type HostApi,
  lineOf,
  readSizes,
  sizeSchema,
  uniqueNames,
} from './hostApi.ts';

/** The most that the API returns in one page. */
const PAGE_SIZE = 100;
const MAX_PAGES = 10;

const repositoryPage = countedListOf(
  z.object({
    name: z.string(),
    // Only Harbor counts artifacts, so this tells it from another server's list.
    artifact_count: countSchema,
    description: z.string().nullish(),
    pull_count: countSchema,
    project_id: z.number(),
  }),
);
const artifactPage = countedListOf(
  z.object({ size: sizeSchema, tags: z.array(z.object({ name: z.string() })).nullish() }),
);

/** The hosts that answered as a Harbor does. */
const known = new WeakMap<RegistryClient, Set<string>>();

function apiOf(host: string, { registry }: ListingOptions): HostApi {
  return { registry: host, title: host, url: registry.origin(host) };
}

/**
 * Lists the repositories of a project, or of all public ones, the most pulled ones first.
 * @param namespace a project, or a project with the beginning of a repository's name.
 * @throws ModelError as {@link askApi} does; `registry-error` if the host is no Harbor.
 */
export async function listHarbor(
  host: string,
  namespace: string | undefined,
  options: ListingOptions,
): Promise<ListedRepository[]> {
  const api = apiOf(host, options);
  const [project] = namespace?.split('/') ?? [];
  const path = project === undefined ? 'repositories' : `projects/${project}/repositories`;
  const request = {
    schema: repositoryPage,
    what: project === undefined ? t('its public repositories') : t('the repositories of {0}', project),
  };
  const found: ListedRepository[] = [];
  for (let page = 1; ; page++) {
    const query = { page, page_size: PAGE_SIZE, sort: '-pull_count' };
    const { items, count } = await askApi(
      api,
      apiUrl(api, `/api/v2.0/${path}`, query, options),
      request,
      options,
    );
    for (const { name, description, pull_count: pulls } of items)
      found.push({ name, description: lineOf(description), pulls: pulls ?? undefined });
    if (count < PAGE_SIZE) break;
    if (page >= MAX_PAGES) {
      options.onCut?.();
      break;
    }
  }
  const hosts = known.get(options.registry) ?? new Set();
  known.set(options.registry, hosts.add(host));
  const isBelow = (name: string): boolean =>
    namespace === undefined || name === namespace || name.startsWith(`${namespace}/`);
  return uniqueNames(found, (name) => isRepositoryName(name) && isBelow(name));
}

/** Returns the bytes of a repository's tags; none if the host is not known as a Harbor. */
export async function harborSizes(
  host: string,
  repository: string,
  options: ListingOptions,
): Promise<ReadonlyMap<string, number>> {
  const slash = repository.indexOf('/');
  if (slash < 0 || known.get(options.registry)?.has(host) !== true) return new Map();
  const api = apiOf(host, options);
  const project = repository.slice(0, slash);
  // The name is one part of the path; Harbor wants a slash in it to be escaped twice.
  const name = encodeURIComponent(encodeURIComponent(repository.slice(slash + 1)));
  return readSizes(
    (page) =>
      apiUrl(
        api,
        `/api/v2.0/projects/${project}/repositories/${name}/artifacts`,
        { page, page_size: PAGE_SIZE, with_tag: 'true' },
        options,
      ),
    artifactPage,
    ({ items, count }) => ({
      sizes: items.flatMap(({ size, tags }) => (tags ?? []).map((tag) => [tag.name, size] as const)),
      isLast: count < PAGE_SIZE,
    }),
    options,
  );
}
