/**
 * Hugging Face's list of GGUF repositories and of their files (huggingface.co/docs/hub/api): its registry lists neither
 * repositories nor tags. A file's whole name is a tag there, and says more than a quantisation.
 */
import { z } from 'zod';
import { ModelError } from '../../base/error.ts';
import { parseShardName } from '../../base/shardName.ts';
import { type HttpClient, HUGGING_FACE, isHuggingFaceName } from '../../oci/index.ts';
import { fetchJson } from './fetchJson.ts';

/** Where Hugging Face's API is. */
export const HUGGING_FACE_URL = `https://${HUGGING_FACE}`;
/** Repositories that are listed of one owner. */
const MAX_REPOSITORIES = 200;
/** Bytes of one answer: a repository may have thousands of files. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

const repositories = z.array(z.object({ id: z.string() }));
const repository = z.object({ siblings: z.array(z.object({ rfilename: z.string() })).catch([]) });

/** How the API is asked. */
export interface HuggingFaceOptions {
  readonly http: HttpClient;
  /** {@link HUGGING_FACE_URL}, or a test's server. */
  readonly url: string;
  readonly signal?: AbortSignal | undefined;
  /** Called if there are, or may be, more names than are given. */
  readonly onCut?: (() => void) | undefined;
}

function failure(status: number, what: string, saying: string): ModelError {
  const details = { registry: HUGGING_FACE, status };
  // A private or gated repository is answered with 401, and so is one that is not there.
  if (status === 404 || status === 401 || status === 403) {
    const message = `Hugging Face has no public ${what}. Check the name; a private one can be pulled by its name after signing in.`;
    return new ModelError('not-found', message, details);
  }
  if (status === 429) {
    const message = `Hugging Face limits how often its lists are asked for${saying}. Wait a minute and try again.`;
    return new ModelError('rate-limited', message, { ...details, retryable: true });
  }
  const message = `Hugging Face answered ${status} to the request for the ${what}${saying}. Try again later.`;
  return new ModelError('registry-error', message, { ...details, retryable: status >= 500 });
}

function fetchList<T>(
  url: URL,
  schema: z.ZodType<T>,
  what: string,
  { http, signal }: HuggingFaceOptions,
): Promise<T> {
  return fetchJson(url, schema, {
    http,
    signal,
    maxBytes: MAX_ANSWER_BYTES,
    registry: HUGGING_FACE,
    what: `the ${what}`,
    refused: (status, saying) => failure(status, what, saying),
    unusable: `Hugging Face gave an answer to the request for the ${what} that is not such a list. Try again later.`,
  });
}

/**
 * The public GGUF repositories of an owner, those that are downloaded most first.
 * @param owner such as `Qwen`; everybody's where absent.
 * @returns whole names such as `Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF`.
 * @throws ModelError `rate-limited`, `registry-error`, `offline`, `tls`, `cancelled`.
 */
export async function listHuggingFaceRepositories(
  owner: string | undefined,
  options: HuggingFaceOptions,
): Promise<string[]> {
  const url = new URL('/api/models', options.url);
  if (owner !== undefined) url.searchParams.set('author', owner);
  url.searchParams.set('filter', 'gguf');
  url.searchParams.set('sort', 'downloads');
  url.searchParams.set('direction', '-1');
  url.searchParams.set('limit', String(MAX_REPOSITORIES));
  const found = await fetchList(url, repositories, `list of models of ${owner ?? 'all owners'}`, options);
  if (found.length >= MAX_REPOSITORIES) options.onCut?.();
  return found.flatMap(({ id }) => (id.includes('/') && isHuggingFaceName(id) ? [id] : []));
}

/** Projectors come with a model, and the registry refuses shards by their names. */
function isTag(file: string): boolean {
  return (
    /^[A-Za-z0-9_][\w.+-]*\.gguf$/i.test(file) && !/mmproj/i.test(file) && parseShardName(file) === undefined
  );
}

/**
 * The GGUF files of a repository that can be pulled, as tags.
 * @param name such as `Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF`.
 * @throws ModelError `not-found`, `rate-limited`, `registry-error`, `offline`, `tls`, `cancelled`.
 */
export async function listHuggingFaceTags(name: string, options: HuggingFaceOptions): Promise<string[]> {
  const url = new URL(`/api/models/${name}`, options.url);
  const { siblings } = await fetchList(url, repository, `repository ${name}`, options);
  return siblings.map(({ rfilename }) => rfilename).filter(isTag);
}
