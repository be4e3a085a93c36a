/** What can be pulled from an entry: its repositories, and their tags. */
import { isModelError, ModelError } from '../base/error.ts';
import { DOCKER_HUB, HUGGING_FACE, OLLAMA, type RegistryClient } from '../oci/index.ts';
import type { RegistryEntry } from './entry.ts';
import { HUB_URL, listHubRepositories } from './hosts/dockerHub.ts';
import { listHubTagSizes } from './hosts/hubTags.ts';
import {
  HUGGING_FACE_URL,
  type HuggingFaceOptions,
  listHuggingFaceRepositories,
  listHuggingFaceTags,
} from './hosts/huggingFace.ts';

/** What a listing needs. */
export interface ListingOptions {
  readonly registry: RegistryClient;
  readonly signal?: AbortSignal | undefined;
  /** Called if there are, or may be, more names than are given: every list has an end here. */
  readonly onCut?: (() => void) | undefined;
  /** Docker Hub's API; its public address where absent. */
  readonly hubUrl?: string | undefined;
  /** Hugging Face's API; its public address where absent. */
  readonly huggingFaceUrl?: string | undefined;
}

function huggingFace({ registry, signal, onCut, huggingFaceUrl }: ListingOptions): HuggingFaceOptions {
  return { http: registry.http, url: huggingFaceUrl ?? HUGGING_FACE_URL, signal, onCut };
}

/** Ollama's registry answers 404 to every request for a list, so it is not asked. */
function noList(host: string): ModelError {
  const message = `Ollama's registry has no list of its models and tags. Pull one by its name, such as ollama://qwen2.5-coder:1.5b; ollama.com shows what there is.`;
  return new ModelError('not-found', message, { registry: host });
}

/** Whether the registry keeps tags under exactly this name. */
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

/** The repositories below a namespace, and the one that has its name. */
async function listBelow(host: string, namespace: string, options: ListingOptions): Promise<string[]> {
  const { registry, signal, onCut } = options;
  const filter = (name: string): boolean => name === namespace || name.startsWith(`${namespace}/`);
  let unlisted: unknown;
  let found: string[] = [];
  try {
    found = (await registry.repositories(host, { signal, onCut, filter })).sort();
  } catch (error) {
    if (isModelError(error, 'cancelled') || isModelError(error, 'offline') || isModelError(error, 'tls'))
      throw error;
    // Most public registries have no list, or not for everybody; a repository can still be asked for its tags.
    unlisted = error;
  }
  if (found.length > 0) return found;
  if (await isRepository(host, namespace, options)) return [namespace];
  if (unlisted !== undefined) throw unlisted;
  return [];
}

/**
 * The repositories of an entry as whole names without the host: `ai/gemma3`. Docker Hub's are in the order of
 * their pulls, others by name. An entry that is a repository itself is a list of one.
 * @throws ModelError `not-found` where there is no such list and no such repository, and what
 * {@link RegistryClient} throws.
 */
export async function listRepositories(entry: RegistryEntry, options: ListingOptions): Promise<string[]> {
  const { host, namespace } = entry;
  const { registry, signal, onCut, hubUrl = HUB_URL } = options;
  if (host === OLLAMA) throw noList(host);
  if (host === HUGGING_FACE) return huggingFaceRepositories(namespace, options);
  if (namespace === undefined) return (await registry.repositories(host, { signal, onCut })).sort();
  if (host !== DOCKER_HUB) return listBelow(host, namespace, options);
  // On Docker Hub a name with a slash is a repository: namespaces are not nested.
  if (namespace.includes('/')) {
    await registry.tags(host, namespace, { signal });
    return [namespace];
  }
  return listHubRepositories(namespace, { http: registry.http, hubUrl, signal, onCut });
}

/** A whole name is a list of one, as everywhere. */
async function huggingFaceRepositories(
  namespace: string | undefined,
  options: ListingOptions,
): Promise<string[]> {
  if (namespace?.includes('/') !== true) return listHuggingFaceRepositories(namespace, huggingFace(options));
  await listHuggingFaceTags(namespace, huggingFace(options));
  return [namespace];
}

/** Compares as people count: `1b` before `12b`. Making one takes longer than thousands of comparisons. */
const byNumber = new Intl.Collator('en', { numeric: true });

/** `latest` first, then as people count. */
function compareTags(a: string, b: string): number {
  if (a === 'latest' || b === 'latest') return a === b ? 0 : a === 'latest' ? -1 : 1;
  return byNumber.compare(a, b) || (a < b ? -1 : 1);
}

/**
 * The tags of a repository, `latest` first.
 * @param repository the whole name without the host, as {@link listRepositories} gives it.
 * @throws ModelError what {@link RegistryClient.tags} throws.
 */
export async function listTags(
  entry: RegistryEntry,
  repository: string,
  options: ListingOptions,
): Promise<string[]> {
  if (entry.host === OLLAMA) throw noList(entry.host);
  if (entry.host === HUGGING_FACE) {
    return (await listHuggingFaceTags(repository, huggingFace(options))).sort(compareTags);
  }
  const { signal, onCut } = options;
  const tags = await options.registry.tags(entry.host, repository, { signal, onCut });
  return tags.sort(compareTags);
}

/**
 * The bytes of the tags of a repository, where there is a list that tells them: Docker Hub's. One request more for
 * a hundred tags, and an empty map for every other registry.
 * @throws ModelError `offline`, `tls`, `cancelled`.
 */
export async function listTagSizes(
  entry: RegistryEntry,
  repository: string,
  { registry, signal, hubUrl = HUB_URL }: ListingOptions,
): Promise<ReadonlyMap<string, number>> {
  if (entry.host !== DOCKER_HUB) return new Map();
  return listHubTagSizes(repository, { http: registry.http, hubUrl, signal });
}
