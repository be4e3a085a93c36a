/** The room that the models of a store take on the disk. */
import { stat } from 'node:fs/promises';
import { inBatches } from '../base/batches.ts';
import { systemErrorCode } from '../base/error.ts';
import type { ModelStore } from '../store/index.ts';

/** Files that are looked at together. */
const BATCH = 128;

/**
 * Returns the bytes of all content, each counted once however many models have it; without unfinished downloads.
 * @throws ModelError `store-error`, and the system's error if a file cannot be looked at.
 */
export async function contentBytes(store: ModelStore): Promise<number> {
  const sizes = await inBatches([...(await store.blobDigests())], BATCH, (digest) =>
    sizeOf(store.blobPath(digest)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Returns 0 for a file that was removed since it was listed. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
