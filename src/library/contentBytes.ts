/** Measures the disk space that the models of a store take. */
import { inBatches } from '../base/batches.ts';
import type { ModelStore } from '../store/index.ts';
import { sizeOf } from './modelContents.ts';

/** Files whose status is read concurrently. */
const BATCH = 128;

/**
 * Returns the bytes of all content, without unfinished downloads. Content that several models share counts once.
 * @throws ModelError `store-error`, and the system's error if the status of a file cannot be read.
 */
export async function contentBytes(store: ModelStore): Promise<number> {
  const sizes = await inBatches([...(await store.blobDigests())], BATCH, (digest) =>
    sizeOf(store.blobPath(digest)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
