/**
 * Uploads of manifests (distribution-spec, "Pushing Manifests" and "Pushing Manifests with Subject"): the exact bytes,
 * by tag or by digest, after the blobs that they name.
 */
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { type HttpAnswer, header, headerLines } from '../http/http.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { digestOf, shortDigest, tryParseDigest } from '../spec/digest.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../spec/manifest.ts';
import { formatReference, type Reference } from '../spec/reference.ts';
import { taggedManifestUrl } from '../spec/urls.ts';
import type { RegistryContext } from './clientContext.ts';
import { addReferrer } from './referrers.ts';

/** Options of a push. */
export interface PushManifestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Tags in addition to the reference's own. */
  readonly tags?: readonly string[] | undefined;
}

/** Sends one `PUT`. @param selector a tag or a digest. */
async function put(
  context: RegistryContext,
  reference: Reference,
  { bytes, descriptor }: { readonly bytes: Uint8Array; readonly descriptor: Descriptor },
  selector: string,
  { signal, tags = [] }: PushManifestOptions,
): Promise<HttpAnswer> {
  const request = context.requestFor(reference, {
    method: 'PUT',
    url: (base, repository) => taggedManifestUrl(base, repository, selector, tags),
    headers: { 'content-type': descriptor.mediaType, 'content-length': String(bytes.length) },
    body: () => bytes,
    actions: ['pull', 'push'],
    signal,
  });
  const { http } = await context.retry(() => context.requester.openOk(request, [201]), signal);
  await context.http.discard(http);
  return http;
}

/** @throws ModelError `digest-mismatch` if the registry stored other bytes. */
function checkStored(answer: HttpAnswer, { digest }: Descriptor, registry: string): void {
  const said = header(answer.headers, 'docker-content-digest')?.trim();
  const stored = said === undefined ? undefined : tryParseDigest(said);
  const sameAlgorithm = stored !== undefined && digest.startsWith(`${stored.algorithm}:`);
  if (!sameAlgorithm || said === digest) return;
  const message = t(
    '{0} stored the manifest as {1}, not as {2}. A proxy may have changed it: push again.',
    registry,
    shortDigest(said ?? ''),
    shortDigest(digest),
  );
  throw new ModelError('digest-mismatch', message, { registry });
}

/**
 * {@link RegistryClient.pushManifest}. Several tags are sent in one request if the registry supports it (`OCI-Tag`),
 * else in one request each.
 */
export async function pushManifest(
  context: RegistryContext,
  reference: Reference,
  bytes: Uint8Array,
  mediaType: string | undefined,
  options: PushManifestOptions,
): Promise<Descriptor> {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    const message = t(
      'The manifest of {0} is larger than 4 MiB, which registries need not accept. Make it smaller.',
      formatReference(reference),
    );
    throw new ModelError('manifest-invalid', message);
  }
  const parsed = parseManifest(bytes, mediaType);
  const algorithm = reference.digest === undefined ? 'sha256' : tryParseDigest(reference.digest)?.algorithm;
  const digest = digestOf(bytes, algorithm);
  if (reference.digest !== undefined && reference.digest !== digest) {
    const message = t(
      'The digest of the manifest is {0}, not {1}. Push it by its own digest, or by a tag.',
      shortDigest(digest),
      shortDigest(reference.digest),
    );
    throw new ModelError('digest-mismatch', message);
  }
  const descriptor = { mediaType: parsed.mediaType, digest, size: bytes.length };
  const content = { bytes, descriptor };
  const { signal, tags: more = [] } = options;
  const tags = [...new Set([...(reference.tag === undefined ? [] : [reference.tag]), ...more])];
  const [onlyTag, another] = tags;
  const byTag = onlyTag !== undefined && another === undefined && reference.digest === undefined;
  const answer = byTag
    ? await put(context, reference, content, onlyTag, { signal })
    : await put(context, reference, content, digest, { signal, tags });
  checkStored(answer, descriptor, reference.registry);
  if (!byTag) {
    const named = new Set(headerLines(answer.headers, 'oci-tag').flatMap((line) => line.split(/\s*,\s*/)));
    for (const tag of tags.filter((tag) => !named.has(tag))) {
      checkStored(await put(context, reference, content, tag, { signal }), descriptor, reference.registry);
    }
  }
  const { subject } = parsed;
  const handled = header(answer.headers, 'oci-subject')?.trim() === subject?.digest;
  if (subject !== undefined && !handled) {
    const { annotations } = parsed;
    // An image without an artifactType has its type in its config (image-spec, "Guidelines").
    const artifactType =
      parsed.artifactType ?? (parsed.kind === 'manifest' ? parsed.config?.mediaType : undefined);
    await addReferrer(context, reference, subject, { ...descriptor, artifactType, annotations }, signal);
  }
  return descriptor;
}
