/** Checks of references without downloads (distribution-spec, "Checking if content exists in the registry"). */
import { ModelError } from '../../base/error.ts';
import { type HttpAnswer, header } from '../http/http.ts';
import { type Descriptor, MAX_BLOB_BYTES } from '../spec/descriptor.ts';
import { tryParseDigest } from '../spec/digest.ts';
import { mediaTypeOf } from '../spec/manifest.ts';
import type { Reference } from '../spec/reference.ts';
import { manifestUrl } from '../spec/urls.ts';
import type { RegistryContext } from './clientContext.ts';
import { fetchManifest, MANIFEST_ACCEPT, selectorOf } from './manifests.ts';
import type { RegistryRequest } from './requester.ts';

/** Tells whether a GET may get another status, or at least a reason. */
function isWorthGet(status: number): boolean {
  return status !== 404 && status !== 408 && status !== 429 && status < 500;
}

/** Returns the descriptor in the headers, or undefined if one of them is missing or contradicts the request. */
function descriptorOf({ headers }: HttpAnswer, selector: string): Descriptor | undefined {
  const said = header(headers, 'docker-content-digest')?.trim();
  const asked = selector.includes(':') ? selector : undefined;
  const digest = said ?? asked;
  const length = header(headers, 'content-length') ?? '';
  const mediaType = mediaTypeOf(header(headers, 'content-type'));
  if (digest === undefined || tryParseDigest(digest) === undefined) return undefined;
  if ((asked !== undefined && digest !== asked) || mediaType === '' || !/^\d{1,16}$/.test(length))
    return undefined;
  const size = Number(length);
  return size === 0 || size > MAX_BLOB_BYTES ? undefined : { mediaType, digest, size };
}

/**
 * {@link RegistryClient.describe}. Docker Hub does not count a HEAD as a pull. If a registry's answer to it is
 * incomplete, the manifest is fetched and hashed.
 */
export async function describeManifest(
  context: RegistryContext,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const selector = selectorOf(reference);
  const parts = {
    method: 'HEAD' as const,
    url: (base: string, repository: string) => manifestUrl(base, repository, selector),
    headers: { accept: MANIFEST_ACCEPT },
    selector,
    signal,
  };
  const attempt = async (request: RegistryRequest): Promise<Descriptor | undefined> => {
    const answer = await context.requester.open(request);
    const { status } = answer.http;
    if (status !== 200 && !isWorthGet(status)) throw await context.requester.failure(answer);
    await context.http.discard(answer.http);
    return status === 200 ? descriptorOf(answer.http, selector) : undefined;
  };
  const described = await context.pull(reference, parts, attempt, (run) => context.retry(run, signal));
  return described ?? (await fetchManifest(context, reference, selector, signal)).descriptor;
}

/** {@link RegistryClient.exists}. */
export async function manifestExists(
  context: RegistryContext,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await describeManifest(context, reference, signal);
    return true;
  } catch (error) {
    if (error instanceof ModelError && error.code === 'not-found') return false;
    throw error;
  }
}
