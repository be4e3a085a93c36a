/**
 * `index.json`: the store as an OCI image layout (image-spec image-layout.md) for skopeo, oras and regctl.
 * It is derived from `refs/`, which is the truth, and written again when it differs. Each manifest has a line
 * of its own, made once, so that thousands of them are written in milliseconds.
 */
import { readFile } from 'node:fs/promises';
import { type Descriptor, MediaType } from '../oci/descriptor.ts';
import { guarded, ifPresent, writeAtomically } from './files.ts';
import type { Layout } from './layout.ts';

/** image-spec annotations.md: the name of a manifest in a layout. */
const REF_NAME = 'org.opencontainers.image.ref.name';

/** The descriptor of a manifest with its name, as it stands in index.json. */
export function indexLine(name: string, { mediaType, digest, size }: Descriptor): string {
  return JSON.stringify({
    mediaType: mediaType || MediaType.imageManifest,
    digest,
    size,
    annotations: { [REF_NAME]: name },
  });
}

type Lines = readonly { readonly indexLine: string }[];

/** Whether index.json says what `lines` say. */
export async function isIndexCurrent(layout: Layout, lines: Lines): Promise<boolean> {
  const text = await guarded('read', layout.index, () => ifPresent(readFile(layout.index, 'utf8')));
  return text === indexText(lines);
}

/** Writes index.json. The caller has the store's lock. */
export async function writeIndex(layout: Layout, lines: Lines): Promise<void> {
  await writeAtomically(layout.index, indexText(lines), layout.ingests);
}

function indexText(lines: Lines): string {
  const manifests = lines.map((entry) => `\n${entry.indexLine}`).join(',');
  return `{"schemaVersion":2,"mediaType":"${MediaType.imageIndex}","manifests":[${manifests}]}\n`;
}
