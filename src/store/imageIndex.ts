/**
 * `index.json`: the store as an OCI image layout (image-spec image-layout.md) for skopeo, oras and regctl.
 * It is derived from `refs/`, which is the truth, and written again when it differs.
 */
import { readFile } from 'node:fs/promises';
import { MediaType } from '../oci/descriptor.ts';
import { formatReference } from '../oci/reference.ts';
import { guarded, ifPresent, writeAtomically } from './files.ts';
import type { Layout } from './layout.ts';
import type { StoredReference } from './references.ts';

/** image-spec annotations.md: the name of a manifest in a layout. */
const REF_NAME = 'org.opencontainers.image.ref.name';

/** Brings index.json up to date. The caller has the store's lock. */
export async function writeIndex(layout: Layout, references: readonly StoredReference[]): Promise<void> {
  const text = indexText(references);
  const before = await guarded('read', layout.index, () => ifPresent(readFile(layout.index, 'utf8')));
  if (before !== text) await writeAtomically(layout.index, text, layout.ingests);
}

function indexText(references: readonly StoredReference[]): string {
  const manifests = references.map(({ reference, manifest }) => ({
    mediaType: manifest.mediaType || MediaType.imageManifest,
    digest: manifest.digest,
    size: manifest.size,
    annotations: { [REF_NAME]: formatReference(reference) },
  }));
  const index = { schemaVersion: 2, mediaType: MediaType.imageIndex, manifests };
  return `${JSON.stringify(index, null, 2)}\n`;
}
