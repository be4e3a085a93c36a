/** Tells which files in a folder `ingest/<alg>-<hex>` are ours. */
import type { BigIntStats } from 'node:fs';
import { lstat, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { guarded, ifPresent, namesIn, removeFile } from '../disk/files.ts';
import { foreignError, kindOf } from '../disk/foreign.ts';
import type { Layout } from '../disk/layout.ts';
import { isBesideLock, LOCK } from '../disk/lock.ts';
import { fileStatus } from '../disk/ownFiles.ts';
import { findSmall, removeSmall, type SmallFile } from '../disk/smallFile.ts';
import { BODIES, BODIES_FILE } from './bodies.ts';
import { INGEST_RECORDS, type IngestIds, readIngestIds, readIngestState } from './ingestState.ts';

/**
 * Notifies other windows, which watch `ingest/` but not its subfolders, that a download began or was resumed. They can
 * list it only once its state is written. A name that appears and disappears is an event on every system.
 */
export async function announceDownload(layout: Layout): Promise<void> {
  const path = layout.temporary();
  try {
    await (await open(path, 'wx')).close();
  } catch {
    // Only a display depends on it, and the download itself reports a full disk.
  } finally {
    await rm(path, { force: true }).catch(() => {});
  }
}

/** Names of files with content, as ingestFiles.ts, layerFiles.ts and unpacking.ts write them. */
export const CONTENT = /^(?:data|rest|member-\d+|bodies\.json)$/;

/** Names of all our files except the lock. */
const INGEST_FILE = /^(?:data|rest|member-\d+|bodies\.json|state\.json|state\.json\.new|progress\.json)$/;

const SMALL_FILES: Readonly<Record<string, SmallFile<unknown>>> = {
  ...INGEST_RECORDS,
  [BODIES]: BODIES_FILE,
  lock: LOCK,
};

/** Names of files with bytes of the content itself. */
const BYTES = /^(?:data|rest|member-\d+)$/;

/**
 * Tells whether a record proves that the files in an ingest's folder are ours, even a record that a power failure
 * damaged. An empty folder counts as ours.
 */
export async function isOwnIngest(folder: string): Promise<boolean> {
  return (await foreignFile(folder)) === undefined;
}

/** @throws ModelError `store-error` if there is content without a record, or something other than plain files. */
export async function requireOwnIngest(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!INGEST_FILE.test(name)) continue;
    const path = join(folder, name);
    const status = await guarded('read', path, () => ifPresent(lstat(path)));
    if (status === undefined || status.isFile()) continue;
    throw foreignError(path, kindOf(status));
  }
  const foreign = await foreignFile(folder);
  if (foreign !== undefined) throw foreignError(foreign);
}

/** Returns the inodes of the folder and of its content. */
export async function ingestIds(folder: string): Promise<IngestIds> {
  const { ino } = await guarded('read', folder, () => lstat(folder, { bigint: true }));
  const files = (await contentIn(folder)).map(({ status }) => String(status.ino));
  return { folder: String(ino), files };
}

/**
 * Removes our name from content that has another name too, which a process leaves behind if it is killed while it
 * publishes. Otherwise a write through our name would change the file elsewhere. The caller has the lock.
 */
export async function dropShared(folder: string): Promise<void> {
  for (const { path, status } of await contentIn(folder))
    if (status.nlink > 1n) await guarded('removed', path, () => rm(path, { force: true }));
}

/**
 * Removes all our files except the lock, which the caller holds. The records are removed last, because without them
 * nothing proves that the content is ours.
 * @param mayGoOn called before each removal.
 * @returns false if `mayGoOn` did.
 */
export async function emptyIngest(folder: string, mayGoOn: () => Promise<boolean>): Promise<boolean> {
  const names = (await namesIn(folder)).filter((name) => INGEST_FILE.test(name) || isBesideLock(name));
  for (const name of names.sort((a, b) => turnOf(a) - turnOf(b))) {
    if (!(await mayGoOn())) return false;
    const path = join(folder, name);
    const small = isBesideLock(name) ? LOCK : SMALL_FILES[name];
    if (small !== undefined) await removeSmall(path, small);
    else if ((await fileStatus(path)) !== undefined) await guarded('removed', path, () => removeFile(path));
  }
  return true;
}

/** Returns the position of a file in the order of removal. Nobody resumes from a layer's files without {@link BODIES}. */
function turnOf(name: string): number {
  return [BODIES, '', ...Object.keys(INGEST_RECORDS).reverse()].indexOf(name in SMALL_FILES ? name : '');
}

/** Returns the path of a file that another program put into the folder, or undefined if there is none. */
async function foreignFile(folder: string): Promise<string | undefined> {
  let hasRecord = false;
  for (const [name, kind] of Object.entries(SMALL_FILES)) {
    const path = join(folder, name);
    const { state } = await findSmall(path, kind);
    if (state === 'foreign') return path;
    if (state !== 'none' && name in INGEST_RECORDS) hasRecord = true;
  }
  const content = await contentIn(folder);
  if (!hasRecord) {
    const name = (await namesIn(folder)).find((each) => CONTENT.test(each));
    return name === undefined ? undefined : join(folder, name);
  }
  const state = await readIngestState(folder);
  // Files that are unpacked from a layer are written again each time.
  if (state?.isStream === true) return undefined;
  const before = await readIngestIds(folder);
  // All inodes change in a copy of the store, and on some file systems after a restart.
  const ids = before?.folder === (await ingestIds(folder)).folder ? before : undefined;
  const isForeign = ({ status }: Content): boolean => {
    if (ids?.files.includes(String(status.ino)) === true) return false;
    return status.nlink > 1n || (ids !== undefined && status.size > 0n);
  };
  return content.find(isForeign)?.path;
}

interface Content {
  readonly path: string;
  readonly status: BigIntStats;
}

async function contentIn(folder: string): Promise<Content[]> {
  const found: Content[] = [];
  for (const name of (await namesIn(folder)).filter((each) => BYTES.test(each))) {
    const path = join(folder, name);
    const status = await fileStatus(path);
    if (status !== undefined) found.push({ path, status });
  }
  return found;
}
