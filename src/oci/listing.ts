/** Lists of names, page by page (distribution-spec, "Listing Tags"; distribution, "Listing Repositories"). */
import { z } from 'zod';
import { isModelError, ModelError } from '../base/error.ts';
import type { RegistryContext, RequestParts } from './context.ts';
import { headerLines } from './http.ts';
import { nextPage } from './link.ts';
import { isRepositoryName, isTag } from './reference.ts';
import { CATALOG_SCOPE } from './scope.ts';
import { catalogUrl, tagsUrl } from './urls.ts';

/** Names in one page: the most that ECR takes. */
const PAGE_SIZE = 1000;
/** Bytes of one page; registries that ignore the page size send all in one. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
const MAX_PAGES = 200;

/** Registries without any names send null. */
const names = z.array(z.string()).nullish();
const tagsPage = z.object({ tags: names }).transform(({ tags }) => tags ?? []);
const catalogPage = z.object({ repositories: names }).transform(({ repositories }) => repositories ?? []);

function invalidPage(registry: string, what: string): ModelError {
  const message = `${registry} gave an answer to the request for ${what} that is not a list. Check the registry's address.`;
  return new ModelError('registry-error', message, { registry });
}

function parsePage(body: Buffer | undefined, schema: z.ZodType<string[]>): string[] | undefined {
  if (body === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
}

/** All pages of a list, without repeats. */
async function listAll(
  context: RegistryContext,
  registry: string,
  first: RequestParts,
  schema: z.ZodType<string[]>,
): Promise<string[]> {
  const found = new Set<string>();
  const seen = new Set<string>();
  let request = context.request(registry, first);
  for (;;) {
    const current = request;
    seen.add(current.url);
    const { page, next } = await context.retry(async () => {
      const { http } = await context.requester.openOk(current);
      const page = parsePage(await context.http.readAll(http, MAX_PAGE_BYTES), schema);
      return { page, next: nextPage(current.url, headerLines(http.headers, 'link')) };
    }, first.signal);
    if (page === undefined) throw invalidPage(registry, first.what);
    for (const name of page) found.add(name);
    if (next === undefined) return [...found];
    if (seen.has(next) || seen.size >= MAX_PAGES) {
      context.log.warn(`The list of ${first.what} of ${registry} was cut off after ${found.size} names.`);
      return [...found];
    }
    request = { ...current, url: next };
  }
}

/** {@link RegistryClient.tags}. Names that cannot stand in a reference are left out. */
export async function listTagNames(
  context: RegistryContext,
  registry: string,
  repository: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const first = {
    url: (base: string) => tagsUrl(base, repository, PAGE_SIZE),
    repository,
    what: `the tags of ${registry}/${repository}`,
    signal,
  };
  return (await listAll(context, registry, first, tagsPage)).filter(isTag);
}

/** {@link RegistryClient.repositories}. Names that cannot stand in a reference are left out. */
export async function listRepositoryNames(
  context: RegistryContext,
  registry: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const first = {
    url: (base: string) => catalogUrl(base, PAGE_SIZE),
    scopes: [CATALOG_SCOPE],
    what: 'the list of its repositories',
    signal,
  };
  try {
    return (await listAll(context, registry, first, catalogPage)).filter(isRepositoryName);
  } catch (error) {
    if (!isModelError(error) || ![404, 405, 501].includes(error.status ?? 0)) throw error;
    const message = `${registry} does not offer a list of its repositories. Name a repository instead, such as ${registry}/owner/model.`;
    throw new ModelError('not-found', message, { registry, cause: error, status: error.status ?? 404 });
  }
}
