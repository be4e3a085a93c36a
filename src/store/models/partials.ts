/** Lists and removes unfinished downloads, which lie in the folders `ingest/<alg>-<hex>`. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { inBatches } from '../../base/batches.ts';
import { isModelError, ModelError, systemErrorCode } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { downloadName } from '../content/downloadName.ts';
import { emptyIngest, isOwnIngest } from '../content/ingestFolder.ts';
import { type IngestState, readIngestState } from '../content/ingestState.ts';
import { readUnpacked } from '../content/unpacked.ts';
import { foldersIn, guarded, ifPresent, namesIn, removeIfEmpty } from '../disk/files.ts';
import { ForeignFileError } from '../disk/foreign.ts';
import { digestOfName } from '../disk/layout.ts';
import { FileLock, lockHolder } from '../disk/lock.ts';
import { isFolder } from '../disk/ownFiles.ts';
import type { StoreParts } from './storeParts.ts';

/** An unfinished download. */
export interface PartialDownload extends IngestState {
  /** The process that is downloading it now, if any. */
  readonly active: 'this-process' | 'another' | undefined;
}

/** Folders that are read concurrently. */
const BATCH = 32;

/** Lists unfinished downloads, the latest first. @throws ModelError `store-error`. */
export async function listPartials(parts: StoreParts): Promise<PartialDownload[]> {
  const partials = await inBatches(await ingestDigests(parts), BATCH, (digest) => describe(parts, digest));
  return partials.filter((partial) => partial !== undefined).sort((a, b) => b.updatedAt - a.updatedAt);
}

/** Returns the bytes that were downloaded; 0 if there is no download. @throws ModelError `store-error`. */
export async function partialBytes(parts: StoreParts, digest: string): Promise<number> {
  return (await stateOf(parts, digest))?.doneBytes ?? 0;
}

/**
 * Removes an unfinished download, if there is one.
 * @returns the bytes that were freed.
 * @throws ModelError `store-busy` while it is being downloaded, `store-error`, `reference-invalid`.
 */
export async function removePartial(parts: StoreParts, digest: string): Promise<number> {
  const folder = parts.layout.ingest(digest);
  if (!(await isFolder(folder))) return 0;
  const lock = await lockPartial(parts, folder, digest);
  if (lock === undefined) return 0;
  let freed = 0;
  try {
    // Only now: a process that ends a download removes the records, which prove that the folder is ours.
    if (!(await isOwnIngest(folder))) return leave(parts, folder);
    freed = await partialBytes(parts, digest);
    await emptyIngest(folder, async () => {
      await parts.onStep?.('remove-download');
      await lock.assertHeld();
      return true;
    });
  } finally {
    await lock.release();
    await guarded('removed', folder, () => removeIfEmpty(folder));
  }
  return freed;
}

/** Says that a folder stays. @returns the bytes that this frees. */
function leave({ log }: StoreParts, folder: string): number {
  log.warn(`${folder} is left alone, because OCI Models did not make it.`);
  return 0;
}

/** Returns the time of the last change to a download's files, milliseconds since 1970, or infinity without files. */
export async function touchedAt(parts: StoreParts, digest: string): Promise<number> {
  const folder = parts.layout.ingest(digest);
  let latest = Number.NEGATIVE_INFINITY;
  for (const name of ['.', ...(await namesIn(folder))]) {
    const path = join(folder, name);
    const status = await guarded('read', path, () => ifPresent(lstat(path)));
    if (status !== undefined) latest = Math.max(latest, status.mtimeMs, status.ctimeMs);
  }
  return latest === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : latest;
}

/** Returns the digests of all downloads' folders. */
export async function ingestDigests({ layout }: StoreParts): Promise<string[]> {
  return (await foldersIn(layout.ingests)).map(digestOfName).filter((digest) => digest !== undefined);
}

async function describe(parts: StoreParts, digest: string): Promise<PartialDownload | undefined> {
  // A process that is killed after it published the content may leave the folder behind.
  if (await isComplete(parts, digest)) return undefined;
  const state = await stateOf(parts, digest);
  if (state === undefined) return undefined;
  const lock = join(parts.layout.ingest(digest), 'lock');
  const active = await guarded('read', lock, () => lockHolder(lock, { now: parts.now }));
  const { size, doneBytes, reference, isStream, updatedAt } = state;
  if (doneBytes === 0 && active === undefined) return undefined;
  return { digest, size, doneBytes, reference, isStream, updatedAt, active };
}

/** Tells whether the content, or every file that is unpacked from it, is in the store. */
export async function isComplete({ blobs, layout }: StoreParts, digest: string): Promise<boolean> {
  const size = await blobs.size(digest);
  if (size !== undefined && (await blobs.has({ mediaType: '', digest, size }))) return true;
  return (await readUnpacked(layout, blobs, digest)) !== undefined;
}

/** Reads the state of a download. Returns undefined if it is missing or of other content. */
async function stateOf({ layout }: StoreParts, digest: string): Promise<IngestState | undefined> {
  const state = await readIngestState(layout.ingest(digest));
  return state?.digest === digest ? state : undefined;
}

/** Takes the lock of a download. Returns undefined if there is none any more, or if the lock's place is taken. */
async function lockPartial(parts: StoreParts, folder: string, digest: string): Promise<FileLock | undefined> {
  const reference = (await stateOf(parts, digest))?.reference;
  const name = downloadName({ digest, reference });
  try {
    const subject = { kind: 'download', name } as const;
    return await FileLock.acquire(join(folder, 'lock'), { subject, now: parts.now });
  } catch (error) {
    // The download ended and removed its folder.
    if (error instanceof ModelError && systemErrorCode(error.cause) === 'ENOENT') return undefined;
    if (error instanceof ForeignFileError) {
      leave(parts, folder);
      return undefined;
    }
    if (!isModelError(error, 'store-busy')) throw error;
    const message = t(
      '{0} is being downloaded in this or another window. Cancel the download, then remove it.',
      name,
    );
    throw new ModelError('store-busy', message, { cause: error });
  }
}
