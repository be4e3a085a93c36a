/** The folders `ingest/<alg>-<hex>`: which files in them are ours. */
import type { BigIntStats } from 'node:fs';
import { lstat, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { guarded, ifPresent, namesIn } from '../disk/files.ts';
import { foreignError } from '../disk/foreign.ts';
import type { Layout } from '../disk/layout.ts';
import { LOCK } from '../disk/lock.ts';
import { fileStatus } from '../disk/ownFiles.ts';
import { findSmall, type SmallFile } from '../disk/smallFile.ts';
import { BODIES, BODIES_FILE } from './bodies.ts';
import { INGEST_RECORDS, type IngestIds, readIngestIds, readIngestState } from './ingestState.ts';

/**
 * Tells other windows, which watch `ingest/` but not the folders in it, that a download began or was resumed: it appears in
 * their lists only once its state is written. A name that comes and goes is an event on every system.
 */
export async function announceDownload(layout: Layout): Promise<void> {
  const path = layout.temporary();
  try {
    await (await open(path, 'wx')).close();
  } catch {
    // Only a display depends on it; a full disk is told by the download itself.
  } finally {
    await rm(path, { force: true }).catch(() => {});
  }
}

/** Files that have content, in the ways of ingestFiles.ts, layerFiles.ts and unpacking.ts. */
export const CONTENT = /^(?:data|rest|member-\d+|bodies\.json)$/;

/** Files of ours, but for the lock. */
export const INGEST_FILE =
  /^(?:data|rest|member-\d+|bodies\.json|state\.json|state\.json\.new|progress\.json)$/;

const SMALL_FILES: Readonly<Record<string, SmallFile<unknown>>> = {
  ...INGEST_RECORDS,
  [BODIES]: BODIES_FILE,
  lock: LOCK,
};

/** Files of content, without what says where in the layer they lie. */
const BYTES = /^(?:data|rest|member-\d+)$/;

/**
 * Tells whether the files in an ingest's folder are proven to be ours: by a record, also one that a power failure damaged.
 * A folder without files is nobody's.
 */
export async function isOwnIngest(folder: string): Promise<boolean> {
  return (await foreignFile(folder)) === undefined;
}

/** @throws ModelError `store-error` if content is there that we have no record of, or something is no plain file. */
export async function requireOwnIngest(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!INGEST_FILE.test(name)) continue;
    const path = join(folder, name);
    const status = await guarded('read', path, () => ifPresent(lstat(path)));
    if (status === undefined || status.isFile()) continue;
    throw foreignError(
      path,
      status.isDirectory() ? 'a folder' : status.isSymbolicLink() ? 'a link' : 'something',
    );
  }
  const foreign = await foreignFile(folder);
  if (foreign !== undefined) throw foreignError(foreign);
}

/** The inodes of the folder and of its content. */
export async function ingestIds(folder: string): Promise<IngestIds> {
  const { ino } = await guarded('read', folder, () => lstat(folder, { bigint: true }));
  const files = (await contentIn(folder)).map(({ status }) => String(status.ino));
  return { folder: String(ino), files };
}

/**
 * Takes our name away from content that has another one too, as a process leaves it that is killed while it publishes:
 * nothing is written through a name of ours into a file that is elsewhere. The caller has the lock.
 */
export async function dropShared(folder: string): Promise<void> {
  for (const { path, status } of await contentIn(folder))
    if (status.nlink > 1n) await guarded('removed', path, () => rm(path, { force: true }));
}

/** The path of a file that somebody else put into the folder; undefined if there is none. */
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
  // What came out of a layer is made anew each time.
  if (state?.isStream === true) return undefined;
  const before = await readIngestIds(folder);
  // A copy of the store, and some file systems after a restart, have other inodes altogether.
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
