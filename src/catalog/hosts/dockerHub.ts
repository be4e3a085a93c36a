/** Docker Hub's own list of repositories: its registry has no `_catalog`. */
import { z } from 'zod';
import { ModelError } from '../../base/error.ts';
import { parseUrl } from '../../base/url.ts';
import { type HttpClient, isRepositoryName } from '../../oci/index.ts';
import { fetchJson } from './fetchJson.ts';

/** Where Docker Hub's API is. */
export const HUB_URL = 'https://hub.docker.com';
/** The most that the API gives in one page. */
const PAGE_SIZE = 100;
const MAX_PAGES = 20;
/** Bytes of one page; a hundred repositories with their descriptions are a few hundred kilobytes. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024;

const page = z.object({
  next: z.string().nullish(),
  results: z.array(z.object({ name: z.string(), namespace: z.string(), is_private: z.boolean().nullish() })),
});

/** How the API is asked. */
export interface HubOptions {
  readonly http: HttpClient;
  /** {@link HUB_URL}, or a test's server. */
  readonly hubUrl: string;
  readonly signal?: AbortSignal | undefined;
  /** Called if there are, or may be, more names than are given. */
  readonly onCut?: (() => void) | undefined;
}

function failure(status: number, namespace: string, saying: string): ModelError {
  const details = { registry: 'docker.io', status };
  if (status === 404) {
    const message = `Docker Hub has no namespace “${namespace}”. Check its name.`;
    return new ModelError('not-found', message, details);
  }
  if (status === 429) {
    const message = `Docker Hub limits how often its list is asked for${saying}. Wait a minute and try again.`;
    return new ModelError('rate-limited', message, { ...details, retryable: true });
  }
  const message = `Docker Hub answered ${status} to the request for its list of ${namespace}${saying}. Try again later.`;
  return new ModelError('registry-error', message, { ...details, retryable: status >= 500 });
}

function fetchPage(url: URL, namespace: string, { http, signal }: HubOptions): Promise<z.infer<typeof page>> {
  return fetchJson(url, page, {
    http,
    signal,
    maxBytes: MAX_PAGE_BYTES,
    registry: 'docker.io',
    what: `its list of ${namespace}`,
    refused: (status, saying) => failure(status, namespace, saying),
    unusable: `Docker Hub gave an answer to the request for its list of ${namespace} that is not such a list. Try again later.`,
  });
}

/**
 * The public repositories of a namespace, those that are pulled most first.
 * @returns whole names such as `ai/gemma3`.
 * @throws ModelError `not-found`, `rate-limited`, `registry-error`, `offline`, `tls`, `cancelled`.
 */
export async function listHubRepositories(namespace: string, options: HubOptions): Promise<string[]> {
  const found = new Set<string>();
  const origin = new URL(options.hubUrl).origin;
  let url = new URL(`/v2/repositories/${namespace}/`, options.hubUrl);
  url.searchParams.set('page_size', String(PAGE_SIZE));
  url.searchParams.set('ordering', 'pull_count');
  for (let pages = 1; ; pages++) {
    const { next, results } = await fetchPage(url, namespace, options);
    for (const { name, namespace: owner, is_private: isPrivate } of results) {
      const repository = `${owner}/${name}`;
      if (isPrivate !== true && isRepositoryName(repository)) found.add(repository);
    }
    const address = next ? parseUrl(next, url) : undefined;
    // The next page is on the same server: the answer must not choose whom this machine talks to.
    if (address?.origin !== origin || pages >= MAX_PAGES) {
      if (next) options.onCut?.();
      return [...found];
    }
    url = address;
  }
}
