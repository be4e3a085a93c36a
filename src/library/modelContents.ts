/** Reads which content each stored model needs, and what deleting it would free. */
import { stat } from 'node:fs/promises';
import { inBatches } from '../base/batches.ts';
import { systemErrorCode } from '../base/error.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../oci/spec/manifest.ts';
import { formatReference } from '../oci/spec/reference.ts';
import { type ModelStore, type StoredReference, storedMembers } from '../store/index.ts';

/** Models that are read concurrently. */
const BATCH = 8;
/** Files whose status is read concurrently. */
const FILES = 128;

/** A stored model and its content. */
export interface ModelContent {
  /** The full reference. */
  readonly id: string;
  readonly digests: ReadonlySet<string>;
  /** Bytes that deleting it frees now: content that no other model, no pull and no hard link elsewhere shares. */
  readonly freedBytes: number;
}

/** The content of a store. */
export interface StoreContents {
  /** Bytes of all content by digest, without unfinished downloads. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly models: readonly ModelContent[];
}

/** @throws ModelError `store-error`, and the system's error if the status of a file cannot be read. */
export async function readStoreContents(store: ModelStore): Promise<StoreContents> {
  const digests = [...(await store.blobDigests())];
  const sizes = await inBatches(digests, FILES, (digest) => sizeOf(store.blobPath(digest)));
  const references = await store.references();
  const needed = await inBatches(references, BATCH, (stored) => digestsOf(store, stored));
  const previews = await store.deletionPreviews(references.map(({ reference }) => reference));
  return {
    sizes: new Map(digests.map((digest, at) => [digest, sizes[at] ?? 0])),
    models: references.flatMap(({ reference }, at) => {
      const preview = previews[at];
      // A model that was removed since it was listed.
      if (preview === undefined) return [];
      return [
        { id: formatReference(reference), digests: needed[at] ?? new Set(), freedBytes: preview.freedBytes },
      ];
    }),
  };
}

/** Returns 0 for a file that was removed since it was listed. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

async function digestsOf(store: ModelStore, stored: StoredReference): Promise<Set<string>> {
  const files = [stored.manifest, ...stored.files, ...storedMembers(stored)];
  return new Set([...files.map(({ digest }) => digest), ...(await namedBy(store, stored))]);
}

/** The config and the layers, which a damaged manifest does not tell. */
async function namedBy(store: ModelStore, { manifest }: StoredReference): Promise<string[]> {
  try {
    const read = parseManifest(await store.readBlob(manifest, MAX_MANIFEST_BYTES), manifest.mediaType);
    if (read.kind !== 'manifest') return [];
    return [...(read.config === undefined ? [] : [read.config]), ...read.layers].map(({ digest }) => digest);
  } catch {
    return []; // Verification tells of it.
  }
}
