/**
 * Manifests that refer to another one by their `subject` (distribution-spec, "Listing Referrers"). Registries without
 * this list have an index under a tag made of the digest, which clients write ("Referrers Tag Schema"). The
 * extension does not use it yet; signatures and model cards will.
 */
import { isModelError, ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { header, headerLines } from '../http/http.ts';
import { pageAfter } from '../http/link.ts';
import { type Descriptor, MediaType } from '../spec/descriptor.ts';
import { MAX_MANIFEST_BYTES, mediaTypeOf } from '../spec/manifest.ts';
import { formatReference, type Reference } from '../spec/reference.ts';
import { manifestUrl, referrersTag, referrersUrl } from '../spec/urls.ts';
import type { RegistryContext } from './clientContext.ts';
import { fetchManifest } from './manifests.ts';
import type { RegistryRequest } from './requester.ts';

const MAX_PAGES = 50;
/** Signatures, licenses and the like of one manifest. The rest is left out. */
const MAX_REFERRERS = 10_000;

/** Options of a listing. */
export interface ReferrersOptions {
  readonly signal?: AbortSignal | undefined;
  /** Type of the wanted artifacts. Defaults to all types. */
  readonly artifactType?: string | undefined;
}

interface Page {
  readonly referrers: readonly Descriptor[];
  readonly filtered: boolean;
  readonly next: ReturnType<typeof pageAfter>;
}

function invalidList(reference: Reference, reason: Localized): ModelError {
  const message = t(
    '{0} returned an unreadable list of referrers of {1}: {2}. Contact the registry’s operator.',
    reference.registry,
    formatReference(reference),
    reason,
  );
  return new ModelError('registry-error', message, { registry: reference.registry });
}

/** Reads one page of the list, or returns undefined if the registry has no such list. */
async function fetchPage(
  context: RegistryContext,
  reference: Reference,
  request: RegistryRequest,
): Promise<Page | undefined> {
  const answer = await context.requester.open(request);
  const { status, headers } = answer.http;
  const isIndex = mediaTypeOf(header(headers, 'content-type')) === MediaType.imageIndex;
  // Registries without the list answer 404, or as they do for unknown paths.
  if ([400, 404, 405, 501].includes(status) || (status === 200 && !isIndex)) {
    await context.http.discard(answer.http);
    return undefined;
  }
  if (status !== 200) throw await context.requester.failure(answer);
  const bytes = await context.http.readAll(answer.http, MAX_MANIFEST_BYTES);
  if (bytes === undefined) throw invalidList(reference, t('it is larger than 4 MiB'));
  const index = await context.manifests.read(bytes, undefined, request.signal);
  if (index.kind !== 'index') throw invalidList(reference, t('it is not an index'));
  const filters = headerLines(headers, 'oci-filters-applied').flatMap((line) => line.split(/\s*,\s*/));
  return {
    referrers: index.manifests,
    filtered: filters.includes('artifactType'),
    next: pageAfter(request.url, headerLines(headers, 'link')),
  };
}

/** Reads the registry's own list, or returns undefined if it has none. */
async function listFromApi(
  context: RegistryContext,
  reference: Reference,
  digest: string,
  { signal, artifactType }: ReferrersOptions,
): Promise<Descriptor[] | undefined> {
  const found = new Map<string, Descriptor>();
  let request = context.requestFor(reference, {
    url: (base, repository) => referrersUrl(base, repository, digest, artifactType),
    headers: { accept: MediaType.imageIndex },
    signal,
  });
  for (let pages = 1; ; pages++) {
    const current = request;
    const page = await context.retry(() => fetchPage(context, reference, current), signal);
    if (page === undefined) return undefined;
    for (const referrer of page.referrers) found.set(referrer.digest, referrer);
    if (page.next === undefined) return [...found.values()];
    const isLast = page.next === 'elsewhere' || page.next.url === current.url;
    if (isLast || pages >= MAX_PAGES || found.size >= MAX_REFERRERS) {
      context.log.warn(`The list of referrers of ${formatReference(reference)} was cut off.`);
      return [...found.values()];
    }
    request = { ...current, url: page.next.url };
  }
}

/** The index under a fallback tag. */
interface Fallback {
  readonly referrers: readonly Descriptor[];
  /** The index as received: other clients' entries keep members that are not read here. */
  readonly json: { readonly manifests: readonly unknown[] };
}

const EMPTY_INDEX = { schemaVersion: 2, mediaType: MediaType.imageIndex, manifests: [] };

/** Reads the index under the fallback tag, which has no entries if it does not exist. */
async function readFallback(
  context: RegistryContext,
  reference: Reference,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<Fallback> {
  try {
    const tag = referrersTag(digest);
    const { parsed, bytes } = await fetchManifest(context, untagged(reference), tag, signal);
    if (parsed.kind !== 'index') throw invalidList(reference, t('it is not an index'));
    return { referrers: parsed.manifests, json: JSON.parse(bytes.toString('utf8')) };
  } catch (error) {
    if (isModelError(error, 'not-found')) return { referrers: [], json: EMPTY_INDEX };
    throw error;
  }
}

function untagged({ registry, repository }: Reference): Reference {
  return { registry, repository };
}

/** {@link RegistryClient.referrers}. @param digest of the subject. */
export async function listReferrers(
  context: RegistryContext,
  reference: Reference,
  digest: string,
  options: ReferrersOptions,
): Promise<Descriptor[]> {
  const { signal, artifactType } = options;
  const listed = await listFromApi(context, reference, digest, options);
  const all = listed ?? (await readFallback(context, reference, digest, signal)).referrers;
  // Even a registry that claims to filter is filtered once more, which costs nothing.
  return all.filter((referrer) => artifactType === undefined || referrer.artifactType === artifactType);
}

/**
 * Writes the index under the fallback tag. If two clients do so at the same time, an entry may be lost; the
 * specification offers no remedy.
 */
async function writeFallback(
  context: RegistryContext,
  reference: Reference,
  digest: string,
  index: Fallback['json'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(index));
  const request = context.requestFor(untagged(reference), {
    method: 'PUT',
    url: (base, repository) => manifestUrl(base, repository, referrersTag(digest)),
    headers: { 'content-type': MediaType.imageIndex, 'content-length': String(bytes.length) },
    body: () => bytes,
    actions: ['pull', 'push'],
    signal,
  });
  const { http } = await context.retry(() => context.requester.openOk(request, [201]), signal);
  await context.http.discard(http);
}

/** Adds a manifest to the fallback index of its subject if the registry did not confirm that it did. */
export async function addReferrer(
  context: RegistryContext,
  reference: Reference,
  subject: Descriptor,
  referrer: Descriptor,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { referrers, json } = await readFallback(context, reference, subject.digest, signal);
  if (referrers.some(({ digest }) => digest === referrer.digest)) return;
  const manifests = [...json.manifests, referrer];
  await writeFallback(context, reference, subject.digest, { ...json, manifests }, signal);
}

/** Removes a manifest from the fallback index of its subject before it is deleted. */
export async function removeReferrer(
  context: RegistryContext,
  reference: Reference,
  subject: Descriptor,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { referrers, json } = await readFallback(context, reference, subject.digest, signal);
  const manifests = json.manifests.filter((_, index) => referrers[index]?.digest !== digest);
  if (manifests.length === json.manifests.length) return;
  await writeFallback(context, reference, subject.digest, { ...json, manifests }, signal);
}
