/**
 * Hugging Face's API (huggingface.co/docs/hub/api): its registry lists neither repositories nor tags. A file's whole
 * name is a tag there, and says more than a quantization.
 */
import * as z from 'zod';
import { type Localized, t } from '../../base/l10n.ts';
import { parseShardName } from '../../base/shardName.ts';
import { namesOn } from '../../oci/index.ts';
import { huggingFace as hub } from '../../oci/spec/hosts/huggingFace.ts';
import type { CatalogHost, ListedRepository, ListingOptions } from './catalogHost.ts';
import { apiUrl, askApi, countSchema, type HostApi, listOf, uniqueNames } from './hostApi.ts';

const api: HostApi = { registry: hub.registry, title: hub.title, url: `https://${hub.registry}` };
/** Repositories in one list. */
const MAX_REPOSITORIES = 200;
/** Bytes of one answer: a repository may have thousands of files. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

const repositoryList = listOf(z.object({ id: z.string(), downloads: countSchema }));
const repositoryFiles = z.object({ siblings: listOf(z.object({ rfilename: z.string() })).catch([]) });

/** A private or gated repository is answered with 401, and so is a missing one. */
function missing(name: string): (status: number) => Localized | undefined {
  return (status) =>
    [401, 403, 404].includes(status)
      ? t(
          'Hugging Face has no public “{0}”. Check the name; if it is private, sign in and pull it by name.',
          name,
        )
      : undefined;
}

/** Lists public GGUF repositories, the most downloaded ones first. */
async function listModels(
  query: Readonly<Record<string, string | undefined>>,
  what: Localized,
  options: ListingOptions,
): Promise<ListedRepository[]> {
  const order = { filter: 'gguf', sort: 'downloads', direction: -1, limit: MAX_REPOSITORIES };
  const url = apiUrl(api, '/api/models', { ...query, ...order }, options);
  const request = { schema: repositoryList, what, maxBytes: MAX_ANSWER_BYTES };
  const found = await askApi(api, url, request, options);
  if (found.length >= MAX_REPOSITORIES) options.onCut?.();
  const { isRepository } = namesOn(hub.registry);
  const listed = found.map(({ id, downloads }) => ({ name: id, pulls: downloads ?? undefined }));
  return uniqueNames(listed, (name) => name.includes('/') && isRepository(name));
}

/** Tells whether a file can be pulled: projectors come with a model, and the registry refuses shards by their names. */
function isTag(file: string): boolean {
  return (
    /^[A-Za-z0-9_][\w.+-]*\.gguf$/i.test(file) && !/mmproj/i.test(file) && parseShardName(file) === undefined
  );
}

/** Lists the GGUF files of a repository that can be pulled. */
async function tags(repository: string, options: ListingOptions): Promise<string[]> {
  const url = apiUrl(api, `/api/models/${repository}`, {}, options);
  const request = {
    schema: repositoryFiles,
    what: t('the files of {0}', repository),
    maxBytes: MAX_ANSWER_BYTES,
    missing: missing(repository),
  };
  const { siblings } = await askApi(api, url, request, options);
  return siblings.map(({ rfilename }) => rfilename).filter(isTag);
}

/** The lists of Hugging Face. */
export const huggingFace: CatalogHost = {
  registry: hub.registry,
  offers: ['repositories', 'tags', 'search'],
  tags,
  async repositories({ namespace }, options) {
    if (namespace === undefined) return listModels({}, t('the models of all owners'), options);
    if (!namespace.includes('/')) {
      return listModels({ author: namespace }, t('the models of {0}', namespace), options);
    }
    await tags(namespace, options);
    return [{ name: namespace }];
  },
  search: (query, options) =>
    listModels({ search: query }, t('repositories that match “{0}”', query), options),
};
