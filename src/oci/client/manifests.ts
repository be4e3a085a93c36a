/** Downloads of manifests (distribution-spec, "Pulling manifests"). */
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { webPageError } from '../http/answerErrors.ts';
import { header } from '../http/http.ts';
import { errorInPlace } from '../http/inPlace.ts';
import { type Descriptor, MediaType } from '../spec/descriptor.ts';
import { digestOf, shortDigest, tryParseDigest } from '../spec/digest.ts';
import { type ImageIndex, type ImageManifest, MAX_MANIFEST_BYTES, ManifestError } from '../spec/manifest.ts';
import { readReason } from '../spec/reason.ts';
import { formatReference, type Reference } from '../spec/reference.ts';
import { manifestUrl } from '../spec/urls.ts';
import { type PullParts, type RegistryContext, sizeMismatch, verifyDigest } from './clientContext.ts';
import { chooseManifest, nestedIndexError } from './platform.ts';
import type { RegistryRequest } from './requester.ts';

/** The `Accept` header, without which some registries answer in Docker's withdrawn schema 1. */
export const MANIFEST_ACCEPT = [
  MediaType.imageIndex,
  MediaType.imageManifest,
  MediaType.dockerManifestList,
  MediaType.dockerManifest,
  MediaType.artifactManifest,
].join(', ');

/** A reference and its current manifest. */
export interface ResolvedManifest {
  /** The requested reference, with the digest of {@link ResolvedManifest.manifest}. */
  readonly reference: Reference;
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  /** The manifest as received; the digest is of these bytes. */
  readonly bytes: Buffer;
  /** The index that the reference names, if it names one. */
  readonly index: Descriptor | undefined;
}

/** A verified manifest or index. */
export interface FetchedManifest {
  readonly parsed: ImageManifest | ImageIndex;
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/**
 * Returns the digest of a manifest's bytes. It must be the requested one, and the one in `Docker-Content-Digest`, which
 * old registries omit.
 */
function checkedDigest(
  bytes: Buffer,
  asked: string | undefined,
  said: string | undefined,
  from: { readonly host: string; readonly what: string },
): string {
  const stated = said === undefined ? undefined : tryParseDigest(said.trim());
  const statedDigest = stated === undefined ? undefined : `${stated.algorithm}:${stated.hex}`;
  if (statedDigest !== undefined) verifyDigest(bytes, statedDigest, from.what, from.host);
  if (asked === undefined) return statedDigest ?? digestOf(bytes);
  if (asked !== statedDigest) verifyDigest(bytes, asked, from.what, from.host);
  return asked;
}

/**
 * Downloads a manifest or an index.
 * @param selector a tag or a digest.
 * @param as its name in errors; defaults to the reference.
 * @throws ModelError `manifest-invalid`, `digest-mismatch`, and the errors of {@link RegistryClient}.
 */
export async function fetchManifest(
  context: RegistryContext,
  reference: Reference,
  selector: string,
  signal: AbortSignal | undefined,
  as: Pick<PullParts, 'what' | 'kind'> = {},
): Promise<FetchedManifest> {
  const what = as.what ?? formatReference(reference);
  const parts = {
    url: (base: string, repository: string) => manifestUrl(base, repository, selector),
    headers: { accept: MANIFEST_ACCEPT },
    selector,
    signal,
    ...as,
  };
  const attempt = async (request: RegistryRequest): Promise<FetchedManifest> => {
    const { http } = await context.requester.openOk(request);
    const bytes = await context.http.readAll(http, MAX_MANIFEST_BYTES);
    const contentType = header(http.headers, 'content-type');
    if (bytes === undefined) {
      const message = t(
        'The manifest of {0} is larger than 4 MiB. Check that the reference names a model.',
        what,
      );
      throw new ModelError('manifest-invalid', message, { registry: request.registry });
    }
    const asked = tryParseDigest(selector) === undefined ? undefined : selector;
    const start = readReason(bytes.subarray(0, 1024), contentType);
    const { host } = http.url;
    const { isPage, title } = start;
    if (isPage) throw webPageError({ registry: request.registry, host, what, title });
    const inPlace = errorInPlace({ registry: request.registry, host, what, mediaType: '' }, bytes);
    if (inPlace !== undefined) throw inPlace;
    const from = { host, what };
    const digest = checkedDigest(bytes, asked, header(http.headers, 'docker-content-digest'), from);
    const parsed = await context.manifests.read(bytes, contentType, signal).catch((error: unknown) => {
      throw withSource(error, from, request.registry);
    });
    return { parsed, bytes, descriptor: { mediaType: parsed.mediaType, digest, size: bytes.length } };
  };
  return context.pull(reference, parts, attempt, (run) => context.retry(run, signal));
}

/** Returns the error of an unusable manifest with the host that sent it. */
function withSource(
  error: unknown,
  { host, what }: { readonly host: string; readonly what: string },
  registry: string,
): unknown {
  if (!(error instanceof ManifestError)) return error;
  const message = t(
    'The manifest of {0} from {1} cannot be used: {2}. Check that the reference names a model.',
    what,
    host,
    error.reason,
  );
  return new ModelError('manifest-invalid', message, { registry, cause: error.cause });
}

/** Downloads the manifest of an index that is for this machine. */
async function fetchFromIndex(
  context: RegistryContext,
  reference: Reference,
  index: ImageIndex,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
  const what = formatReference(reference);
  const chosen = chooseManifest(index, context.platform, what);
  const as = { what: t('{0} of {1}', shortDigest(chosen.digest), what), kind: 'entry' } as const;
  const fetched = await fetchManifest(context, reference, chosen.digest, signal, as);
  if (fetched.bytes.length !== chosen.size) throw sizeMismatch(what, fetched.bytes.length, chosen.size);
  return fetched;
}

/**
 * Returns the part of a reference that selects a manifest: the digest, or else the tag.
 * @throws ModelError `reference-invalid` if it has neither.
 */
export function selectorOf(reference: Reference): string {
  const selector = reference.digest ?? reference.tag;
  if (selector !== undefined) return selector;
  const message = t(
    '{0} has neither a tag nor a digest. Add one, such as :latest.',
    formatReference(reference),
  );
  throw new ModelError('reference-invalid', message);
}

/** {@link RegistryClient.resolve}. */
export async function resolveManifest(
  context: RegistryContext,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<ResolvedManifest> {
  const top = await fetchManifest(context, reference, selectorOf(reference), signal);
  const { parsed } = top;
  const inner = parsed.kind === 'index' ? await fetchFromIndex(context, reference, parsed, signal) : top;
  if (inner.parsed.kind === 'index') {
    throw nestedIndexError(inner.parsed, formatReference(reference));
  }
  return {
    reference: { ...reference, digest: inner.descriptor.digest },
    descriptor: inner.descriptor,
    manifest: inner.parsed,
    bytes: inner.bytes,
    index: inner === top ? undefined : top.descriptor,
  };
}
