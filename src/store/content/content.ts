/** Lists the content of a stored manifest: its config and its layers. */
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { type ImageManifest, parseManifest } from '../../oci/spec/manifest.ts';

/** Content by its digest. */
export interface ContentItem {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Parses the image manifest in `bytes`.
 * @throws ModelError `manifest-invalid`, also for an index.
 */
export function imageOf(bytes: Uint8Array, descriptor: Descriptor): ImageManifest {
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind === 'manifest') return manifest;
  const message = t('This is an index of several manifests, not a model. Pull one of its manifests instead.');
  throw new ModelError('manifest-invalid', message);
}

/** Returns the manifest itself, its config and its layers, without duplicates. */
export function contentOf(manifest: Descriptor, image: ImageManifest): ContentItem[] {
  const all = [manifest, ...(image.config === undefined ? [] : [image.config]), ...image.layers];
  return [...new Map(all.map(({ digest, size }) => [digest, { digest, size }])).values()];
}
