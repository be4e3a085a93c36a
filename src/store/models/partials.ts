/** Downloads that are not finished: what is in the folders `ingest/<alg>-<hex>`, for those who do not write there. */
import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inBatches } from '../../base/batches.ts';
import { isModelError, ModelError, systemErrorCode } from '../../base/error.ts';
import { shortDigest } from '../../oci/spec/digest.ts';
import { INGEST_FILE, isOwnIngest } from '../content/ingestFolder.ts';
import { type IngestState, readIngestState } from '../content/ingestState.ts';
import { readUnpacked } from '../content/unpacked.ts';
import { foldersIn, guarded, ifPresent, namesIn, removeIfEmpty } from '../disk/files.ts';
import { digestOfName } from '../disk/layout.ts';
import { FileLock, lockHolder } from '../disk/lock.ts';
import { fileStatus, isFolder } from '../disk/ownFiles.ts';
import type { StoreParts } from './storeParts.ts';

/** Content of which a part is there. */
export interface PartialDownload extends IngestState {
  /** Whether it is being downloaded now: in this process, or in another one. */
  readonly active: 'this-process' | 'another' | undefined;
}

/** Folders that are looked at together. */
const BATCH = 32;

/** All downloads that are not finished, the latest first. @throws ModelError `store-error`. */
export async function listPartials(parts: StoreParts): Promise<PartialDownload[]> {
  const partials = await inBatches(await ingestDigests(parts), BATCH, (digest) => describe(parts, digest));
  return partials.filter((partial) => partial !== undefined).sort((a, b) => b.updatedAt - a.updatedAt);
}

/** Bytes that are there of a download; 0 where there is none. @throws ModelError `store-error`. */
export async function partialBytes(parts: StoreParts, digest: string): Promise<number> {
  return (await stateOf(parts, digest))?.doneBytes ?? 0;
}

/**
 * Removes what is there of a download. It is no error where there is nothing.
 * @returns the bytes that the disk got back.
 * @throws ModelError `store-busy` while it is being downloaded, `store-error`, `reference-invalid`.
 */
export async function removePartial(parts: StoreParts, digest: string): Promise<number> {
  const folder = parts.layout.ingest(digest);
  if (!(await isFolder(folder))) return 0;
  if (!(await isOwnIngest(folder))) {
    parts.log.warn(`${folder} is left alone, because OCI Models did not make it.`);
    return 0;
  }
  const lock = await lockPartial(parts, folder, digest);
  if (lock === undefined) return 0;
  const freed = await partialBytes(parts, digest);
  return guarded('removed', folder, async () => {
    try {
      // The record goes last: without it nobody could tell that the others are ours.
      const names = (await namesIn(folder)).filter((name) => INGEST_FILE.test(name));
      for (const name of names.sort((a, b) => Number(a === 'state.json') - Number(b === 'state.json'))) {
        const path = join(folder, name);
        await parts.onStep?.('remove-download');
        await lock.assertHeld();
        if ((await fileStatus(path)) !== undefined) await rm(path, { force: true });
      }
    } finally {
      await lock.release();
    }
    await removeIfEmpty(folder);
    return freed;
  });
}

/** When a download's files were changed last, milliseconds since 1970; never, where there are none. */
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

/** The digests of all downloads' folders. */
export async function ingestDigests({ layout }: StoreParts): Promise<string[]> {
  return (await foldersIn(layout.ingests)).map(digestOfName).filter((digest) => digest !== undefined);
}

async function describe(parts: StoreParts, digest: string): Promise<PartialDownload | undefined> {
  // What a process left that was killed after the content was complete is no download any more.
  if (await isComplete(parts, digest)) return undefined;
  const state = await stateOf(parts, digest);
  if (state === undefined) return undefined;
  const lock = join(parts.layout.ingest(digest), 'lock');
  const active = await guarded('read', lock, () => lockHolder(lock, { now: parts.now }));
  const { size, doneBytes, reference, isStream, updatedAt } = state;
  if (doneBytes === 0 && active === undefined) return undefined;
  return { digest, size, doneBytes, reference, isStream, updatedAt, active };
}

/** Whether the content is in the store, or all files that come out of it. */
export async function isComplete({ blobs, layout }: StoreParts, digest: string): Promise<boolean> {
  const size = await blobs.size(digest);
  if (size !== undefined && (await blobs.has({ mediaType: '', digest, size }))) return true;
  return (await readUnpacked(layout, blobs, digest)) !== undefined;
}

/** What is written down of a download; undefined where that is missing or of other content. */
async function stateOf({ layout }: StoreParts, digest: string): Promise<IngestState | undefined> {
  const state = await readIngestState(layout.ingest(digest));
  return state?.digest === digest ? state : undefined;
}

async function lockPartial(parts: StoreParts, folder: string, digest: string): Promise<FileLock | undefined> {
  const subject = `the download of ${shortDigest(digest)}`;
  try {
    return await FileLock.acquire(join(folder, 'lock'), { subject, now: parts.now });
  } catch (error) {
    // The download ended, and took its folder along.
    if (error instanceof ModelError && systemErrorCode(error.cause) === 'ENOENT') return undefined;
    if (!isModelError(error, 'store-busy')) throw error;
    const message = `${subject.replace('the', 'The')} is running, here or in another window. Cancel it first, then remove it.`;
    throw new ModelError('store-busy', message, { cause: error });
  }
}
