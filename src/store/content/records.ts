/**
 * Keeps the proof of what this store made, in small files in `records/`.
 *
 *   records/blobs/<alg>-<hex>.json       the file that was verified as this content, and whether it was only found
 *   records/older.json                   the time up to which content is of version 0.1.0, which made no records
 *   records/quarantine/<alg>-<hex>.json  the file that was moved to quarantine
 *   records/names/<name>.json            the files that were made in models/<name>/
 *
 * A record has the size, the times and the inode of the file, and is written before the file gets its name. Only files
 * that a record proves to be ours are ever moved, replaced or removed; content that was merely found in its place, with
 * the right digest, is used but stays. Content whose file is unchanged since it was verified is trusted; any other is
 * hashed again.
 *
 * Records are not flushed to the disk: one that is lost in a power failure is made again when the content is hashed
 * next.
 */
import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { systemErrorCode } from '../../base/error.ts';
import type { Reference } from '../../oci/spec/reference.ts';
import { hasStableInodes } from '../disk/capabilities.ts';
import { guarded, renameFile } from '../disk/files.ts';
import type { Layout } from '../disk/layout.ts';
import { fileStatus, isInOwnFolder, makeFolder } from '../disk/ownFiles.ts';
import {
  findSmall,
  jsonFile,
  readSmall,
  removeSmall,
  requireOwnSmall,
  type SmallFile,
} from '../disk/smallFile.ts';

const number = z.string().regex(/^-?\d{1,32}$/);

const stampSchema = z.object({ size: number, mtimeNs: number, ino: number, bornNs: number });

/** Identifies a file and its state. 64-bit numbers are kept as text. */
export type FileStamp = z.infer<typeof stampSchema>;

/** The record of content. `isFound`: another program may have put it there, so it is not ours to remove. */
const blobSchema = stampSchema.extend({ isFound: z.literal(true).optional() });
type BlobStamp = z.infer<typeof blobSchema>;

const olderSchema = z.object({ until: z.number() });

const nameSchema = z.object({ name: z.string().max(4096), stamps: z.array(stampSchema).max(8) });
const namesSchema = z.object({ files: z.array(nameSchema).max(50_000) });

/** A name in `models/` with the files to which this store gave it, latest first. */
export type NameRecord = z.infer<typeof nameSchema>;

/** The largest record that is read, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;
const BLOB = jsonFile(blobSchema, ['{"size":"'], MAX_BYTES);
const QUARANTINED = jsonFile(stampSchema, ['{"size":"'], MAX_BYTES);
const NAMES = jsonFile(namesSchema, ['{"files":['], MAX_BYTES);
const OLDER = jsonFile(olderSchema, ['{"until":'], MAX_BYTES);
/** FAT keeps times in steps of two seconds; the system knows them exactly only until the next mount. */
const COARSE_NS = 2_000_000_000n;

export function stampOf({ size, mtimeNs, ino, birthtimeNs }: BigIntStats): FileStamp {
  return { size: String(size), mtimeNs: String(mtimeNs), ino: String(ino), bornNs: String(birthtimeNs) };
}

/** Tells whether the file is unchanged since `stamp` was taken. */
export function isUnchanged(stamp: FileStamp | undefined, status: BigIntStats): boolean {
  if (stamp === undefined) return false;
  const now = stampOf(status);
  return stamp.size === now.size && stamp.mtimeNs === now.mtimeNs && stamp.ino === now.ino;
}

/**
 * Tells whether `stamp` was taken of this file, whatever was written into it since. Inode and creation time decide
 * together, because the inode of a removed file is reused. Device numbers may change with each start and the change
 * time with each new name of the file, so neither is compared.
 * @param areInodesStable if false, a file with the same size and modification time counts as the same.
 */
export function isSameOrigin(
  stamp: FileStamp | undefined,
  status: BigIntStats,
  areInodesStable: boolean,
): boolean {
  if (stamp === undefined) return false;
  const isSameSize = stamp.size === String(status.size);
  if (stamp.ino === String(status.ino)) {
    if (stamp.bornNs === String(status.birthtimeNs) && stamp.bornNs !== '0') return true;
    // Some file systems do not know the creation time, or report a different one each time.
    if (isSameSize && stamp.mtimeNs === String(status.mtimeNs)) return true;
  }
  if (areInodesStable || !isSameSize) return false;
  const apart = BigInt(stamp.mtimeNs) - status.mtimeNs;
  return apart < COARSE_NS && apart > -COARSE_NS;
}

/** Applies {@link isSameOrigin} to the file at `path`. The file system is asked only if that matters. */
async function isSameFileAt(
  path: string,
  stamp: FileStamp | undefined,
  status: BigIntStats,
): Promise<boolean> {
  if (isSameOrigin(stamp, status, true)) return true;
  if (!isSameOrigin(stamp, status, false)) return false;
  return !(await guarded('read', path, () => hasStableInodes(dirname(path))));
}

/** Records that this process wrote or read, by digest. They never expire: a record that fits a file always will. */
const known = new WeakMap<Layout, Map<string, BlobStamp>>();
/** The most records that are remembered. */
const MAX_KNOWN = 10_000;

function remember(layout: Layout, digest: string, stamp: BlobStamp): void {
  const stamps = known.get(layout) ?? new Map<string, BlobStamp>();
  known.set(layout, stamps);
  if (stamps.size >= MAX_KNOWN) stamps.clear();
  stamps.set(digest, stamp);
}

/** Returns the record of content if it `fits`. */
async function fittingRecord(
  layout: Layout,
  digest: string,
  fits: (stamp: BlobStamp) => boolean | Promise<boolean>,
): Promise<BlobStamp | undefined> {
  const before = known.get(layout)?.get(digest);
  if (before !== undefined && (await fits(before))) return before;
  const stamp = await readSmall(layout.blobRecord(digest), BLOB);
  if (stamp === undefined) return undefined;
  remember(layout, digest, stamp);
  return (await fits(stamp)) ? stamp : undefined;
}

/** Tells whether the file with this status is unchanged since it was verified as this content. */
export async function isVerifiedFile(layout: Layout, digest: string, status: BigIntStats): Promise<boolean> {
  return (await fittingRecord(layout, digest, (stamp) => isUnchanged(stamp, status))) !== undefined;
}

/** Tells whether this store made the file with this status, even if it was changed since. */
export async function isOwnBlobFile(layout: Layout, digest: string, status: BigIntStats): Promise<boolean> {
  const fits = (stamp: BlobStamp): boolean | Promise<boolean> =>
    stamp.isFound !== true && isSameFileAt(layout.blob(digest), stamp, status);
  return (await fittingRecord(layout, digest, fits)) !== undefined;
}

/**
 * Tells whether this store made this content, though perhaps not this very file: in a copy of the store or a restored
 * backup every file has another inode. The digest can prove it then; see {@link recordFound}.
 */
export async function isMaybeOwnBlob(
  layout: Layout,
  digest: string,
  { size }: BigIntStats,
): Promise<boolean> {
  const fits = (stamp: BlobStamp): boolean => stamp.isFound !== true && stamp.size === String(size);
  return (await fittingRecord(layout, digest, fits)) !== undefined;
}

/** Records that the file with this status is verified content that this store made. */
export async function recordBlob(layout: Layout, digest: string, status: BigIntStats): Promise<void> {
  const stamp = stampOf(status);
  await write(layout, layout.blobRecord(digest), BLOB, stamp);
  remember(layout, digest, stamp);
}

/** Records that the file with this status has the digest. It counts as ours only if this content was ours before. */
export async function recordFound(layout: Layout, digest: string, status: BigIntStats): Promise<void> {
  if (await isMaybeOwnBlob(layout, digest, status)) return recordBlob(layout, digest, status);
  const stamp: BlobStamp = { ...stampOf(status), isFound: true };
  await write(layout, layout.blobRecord(digest), BLOB, stamp);
  remember(layout, digest, stamp);
}

/** Records that an older version made the files up to `until` that references name. @param until ms since 1970. */
export async function recordOlder(layout: Layout, until: number): Promise<void> {
  await write(layout, olderRecord(layout), OLDER, { until });
}

/** Tells whether an older version of this extension may have made the file with this status. */
export async function isOlderFile(layout: Layout, { mtimeMs, birthtimeMs }: BigIntStats): Promise<boolean> {
  const until = (await readSmall(olderRecord(layout), OLDER))?.until;
  return until !== undefined && Number(mtimeMs) <= until && Number(birthtimeMs) <= until;
}

function olderRecord({ records }: Layout): string {
  return join(records, 'older.json');
}

/** Records that the file with this status was moved to quarantine. */
export async function recordQuarantined(layout: Layout, digest: string, status: BigIntStats): Promise<void> {
  await write(layout, layout.quarantineRecord(digest), QUARANTINED, stampOf(status));
}

/** Returns the status of the file with this content, or undefined if there is none that this store made. */
export async function ownBlob(layout: Layout, digest: string): Promise<BigIntStats | undefined> {
  const path = layout.blob(digest);
  const [status, isInside] = await Promise.all([fileStatus(path), isInOwnFolder(layout.root, path)]);
  if (status === undefined || !isInside) return undefined;
  return (await isOwnBlobFile(layout, digest, status)) ? status : undefined;
}

/** Returns the status of the file in quarantine, or undefined if there is none that this store put there. */
export async function ownQuarantined(layout: Layout, digest: string): Promise<BigIntStats | undefined> {
  return ownFile(
    layout,
    layout.quarantined(digest),
    await readSmall(layout.quarantineRecord(digest), QUARANTINED),
  );
}

/** Returns the status of `path`, or undefined unless it is a plain file of which one of `stamps` was taken. */
export async function ownFile(
  layout: Layout,
  path: string,
  ...stamps: readonly (FileStamp | undefined)[]
): Promise<BigIntStats | undefined> {
  if (stamps.every((stamp) => stamp === undefined)) return undefined;
  if (!(await isInOwnFolder(layout.root, path))) return undefined;
  const status = await fileStatus(path);
  if (status === undefined) return undefined;
  for (const stamp of stamps) if (await isSameFileAt(path, stamp, status)) return status;
  return undefined;
}

/** Reads the names that were made for a reference. */
export async function readNames(layout: Layout, reference: Reference): Promise<NameRecord[] | undefined> {
  return (await readSmall(layout.nameRecord(reference), NAMES))?.files;
}

/** Reads the names in a folder of `models/`, whose reference may be gone. @param name of the folder. */
export async function readNamesOfFolder(layout: Layout, name: string): Promise<NameRecord[] | undefined> {
  return (await readSmall(layout.nameRecordOf(name), NAMES))?.files;
}

/** Records the names of a reference; without any, the record is removed. The caller has the store's lock. */
export async function writeNames(
  layout: Layout,
  reference: Reference,
  files: readonly NameRecord[],
): Promise<void> {
  const path = layout.nameRecord(reference);
  if (files.length > 0) await write(layout, path, NAMES, { files });
  else await removeSmall(path, NAMES);
}

/** Removes the record of content. */
export async function forgetBlob(layout: Layout, digest: string): Promise<void> {
  await removeSmall(layout.blobRecord(digest), BLOB);
}

/** Tells whether a file is a record of any kind, even one that a power failure damaged. */
export async function isRecordFile(path: string): Promise<boolean> {
  for (const kind of [BLOB, NAMES])
    if (['ours', 'damaged'].includes((await findSmall<unknown>(path, kind)).state)) return true;
  return false;
}

/** @throws ModelError `store-error` if a file that this store did not make is in its place. */
async function write(layout: Layout, path: string, kind: SmallFile<unknown>, content: object): Promise<void> {
  const text = `${JSON.stringify(content)}\n`;
  await makeRecordFolder(layout, dirname(path));
  if (await writeNew(path, text)) return;
  await requireOwnSmall(path, kind);
  const temporary = layout.temporary();
  await guarded('written', path, async () => {
    try {
      await writeFile(temporary, text, { flag: 'wx' });
      await renameFile(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

/**
 * Writes a record directly under its name. A reader that sees half of it treats it as missing, which is safe because
 * the file that it describes has no name yet.
 * @returns false if the name is taken.
 */
async function writeNew(path: string, text: string): Promise<boolean> {
  return guarded('written', path, async () => {
    let handle: FileHandle;
    try {
      handle = await open(path, 'wx');
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return false;
      throw error;
    }
    try {
      await handle.writeFile(text);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    return true;
  });
}

const made = new WeakMap<Layout, Set<string>>();

/** Makes the folder only once for each open store, because every commit writes records. */
async function makeRecordFolder(layout: Layout, folder: string): Promise<void> {
  const folders = made.get(layout) ?? new Set();
  made.set(layout, folders);
  if (folders.has(folder)) return;
  await makeFolder(layout.root, folder);
  folders.add(folder);
}
