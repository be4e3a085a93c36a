/** Deletion of tags, manifests and blobs (distribution-spec, "Content Management"). */
import { isModelError } from '../../base/error.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { Reference } from '../spec/reference.ts';
import { blobUrl, manifestUrl } from '../spec/urls.ts';
import type { RegistryContext } from './clientContext.ts';
import { fetchManifest } from './manifests.ts';
import { removeReferrer } from './referrers.ts';

/** The actions that token servers require for it. */
const DELETE: readonly string[] = ['delete', 'pull'];

async function remove(
  context: RegistryContext,
  reference: Reference,
  url: (base: string, repository: string) => string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const request = context.requestFor(reference, { method: 'DELETE', url, actions: DELETE, signal });
  const { http } = await context.retry(() => context.requester.openOk(request, [200, 202, 204]), signal);
  await context.http.discard(http);
}

/** {@link RegistryClient.deleteTag}. */
export function deleteTag(
  context: RegistryContext,
  { registry, repository }: Reference,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const url = (base: string, name: string): string => manifestUrl(base, name, tag);
  return remove(context, { registry, repository, tag }, url, signal);
}

/** Returns the subject of a manifest, whose list of referrers has to be updated, or undefined if it has none. */
async function subjectOf(
  context: RegistryContext,
  reference: Reference,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<Descriptor | undefined> {
  try {
    return (await fetchManifest(context, reference, digest, signal)).parsed.subject;
  } catch (error) {
    // Anything that is not a manifest may be deleted all the same.
    if (isModelError(error, 'manifest-invalid')) return undefined;
    throw error;
  }
}

/**
 * {@link RegistryClient.deleteManifest}. If the registry keeps no list of referrers, the manifest is first removed from
 * its subject's fallback index.
 */
export async function deleteManifest(
  context: RegistryContext,
  reference: Reference,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { registry, repository } = reference;
  const subject = await subjectOf(context, { registry, repository, digest }, digest, signal);
  if (subject !== undefined) await removeReferrer(context, reference, subject, digest, signal);
  const url = (base: string, name: string): string => manifestUrl(base, name, digest);
  await remove(context, { registry, repository, digest }, url, signal);
}

/** {@link RegistryClient.deleteBlob}. */
export function deleteBlob(
  context: RegistryContext,
  { registry, repository }: Reference,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const url = (base: string, name: string): string => blobUrl(base, name, digest);
  return remove(context, { registry, repository, digest }, url, signal);
}
