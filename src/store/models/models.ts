/** Maintains the folders in `models/`: a model's files under the names that llama.cpp expects, as links to the blobs. */
import { type BigIntStats, constants } from 'node:fs';
import { copyFile, link, lstat, readdir, rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { isModelError, systemErrorCode } from '../../base/error.ts';
import type { Reference } from '../../oci/spec/reference.ts';
import { missingError } from '../content/publish.ts';
import {
  type FileStamp,
  isRecordFile,
  isUnchanged,
  isVerifiedFile,
  type NameRecord,
  ownBlob,
  ownFile,
  readNames,
  readNamesOfFolder,
  stampOf,
  writeNames,
} from '../content/records.ts';
import type { Trash } from '../content/trash.ts';
import { NO_HARD_LINK } from '../disk/capabilities.ts';
import {
  guarded,
  ifPresent,
  isSameFile,
  removeIfEmpty,
  renameFile,
  syncDirectory,
  syncFile,
} from '../disk/files.ts';
import { foreignError } from '../disk/foreign.ts';
import type { HashFile } from '../disk/hashFile.ts';
import { isPlainPath, type Layout } from '../disk/layout.ts';
import { fileStatus, isInOwnFolder, makeFolder, openRegular } from '../disk/ownFiles.ts';
import type { StoredFile, StoredReference } from './references.ts';

const REMOVED = 'removed-in-use';

/** A name that is about to be given. */
interface NewName {
  readonly name: string;
  readonly path: string;
  readonly temporary: string;
  readonly stamp: FileStamp;
}

/**
 * Gives every file its name, and replaces an older file of ours under that name. Only content that is unchanged since
 * it was verified gets a name.
 * @returns all names that are recorded now.
 * @throws ModelError `store-error` if a foreign file has one of the names, or if content is missing (retryable).
 */
export async function linkModel(
  layout: Layout,
  reference: Reference,
  files: readonly StoredFile[],
): Promise<readonly NameRecord[]> {
  // All names are checked before the first one is made.
  for (const { name } of files) layout.modelFile(reference, name);
  const before = (await readNames(layout, reference)) ?? [];
  const names: NewName[] = [];
  let renamed = 0;
  try {
    for (const file of files) {
      const made = await prepareName(layout, reference, file, before);
      if (made !== undefined) names.push(made);
    }
    if (names.length === 0) return before;
    await writeNames(layout, reference, withNames(before, names));
    for (const { path, temporary } of names) {
      await guarded('written', path, () => renameFile(temporary, path));
      renamed++;
    }
  } finally {
    for (const { temporary } of names.slice(renamed))
      await guarded('removed', temporary, () => rm(temporary, { force: true }));
  }
  for (const folder of new Set(names.map(({ path }) => dirname(path))))
    await guarded('written', folder, () => syncDirectory(folder));
  return withNames(before, names);
}

/** Makes the link or copy under a temporary name. @returns undefined if the file already has its name. */
async function prepareName(
  layout: Layout,
  reference: Reference,
  file: StoredFile,
  before: readonly NameRecord[],
): Promise<NewName | undefined> {
  const { name, digest } = file;
  const [path, blob] = [layout.modelFile(reference, name), layout.blob(digest)];
  const status = await fileStatus(blob);
  if (status === undefined || !(await isVerifiedFile(layout, digest, status))) throw missingError(digest);
  // Not flushed to the disk, because names that are lost in a power failure are made again.
  await makeFolder(layout.root, dirname(path), { sync: false });
  const stamps = before.find((record) => record.name === name)?.stamps ?? [];
  const [there, folder] = await guarded('read', path, () =>
    Promise.all([ifPresent(lstat(path, { bigint: true })), lstat(dirname(path), { bigint: true })]),
  );
  if (there?.ino === status.ino && there.dev === status.dev) {
    if (stamps.some((stamp) => isUnchanged(stamp, status))) return undefined;
  } else if (there !== undefined && (await ownFile(layout, path, ...stamps)) === undefined) {
    throw foreignError(path);
  }
  const temporary = layout.temporary(folder.dev === status.dev ? undefined : dirname(path));
  const made = await guarded('written', path, () => linkFile(blob, temporary));
  return { name, path, temporary, stamp: stampOf(made) };
}

/**
 * Gives a file a second name: as a hard link, else as a clone, else as a copy.
 * @param temporary an unused path.
 */
async function linkFile(existing: string, temporary: string): Promise<BigIntStats> {
  try {
    await link(existing, temporary);
  } catch (error) {
    if (!NO_HARD_LINK.includes(systemErrorCode(error) ?? '')) throw error;
    await copyWhole(existing, temporary);
  }
  return lstat(temporary, { bigint: true });
}

async function copyWhole(existing: string, temporary: string): Promise<void> {
  try {
    await copyFile(existing, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const handle = await openRegular(temporary);
    try {
      if (handle !== undefined && process.platform !== 'win32') await syncFile(handle, temporary);
    } finally {
      await handle?.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Adds the new names to the record. The stamp of an existing file stays, because it is only replaced afterwards. */
function withNames(before: readonly NameRecord[], names: readonly NewName[]): NameRecord[] {
  const records = new Map(before.map((record) => [record.name, record]));
  for (const { name, stamp } of names) {
    const stamps = [stamp, ...(records.get(name)?.stamps ?? [])].slice(0, 2);
    records.set(name, { name, stamps });
  }
  return [...records.values()];
}

/**
 * Returns the names of a model in `models/` that are proven to be ours: by their record, or because the reference lists
 * them and they are links to content of ours.
 */
async function ownNames(
  layout: Layout,
  reference: Reference,
  listed: readonly StoredFile[],
): Promise<{ readonly name: string; readonly path: string; readonly status: BigIntStats }[]> {
  const records = (await readNames(layout, reference)) ?? [];
  const names = new Set([...records, ...listed].map(({ name }) => name));
  const own = [];
  for (const name of [...names].filter(isPlainPath)) {
    const path = layout.modelFile(reference, name);
    const stamps = records.find((record) => record.name === name)?.stamps ?? [];
    const digests = listed.filter((file) => file.name === name).map(({ digest }) => digest);
    const status = (await ownFile(layout, path, ...stamps)) ?? (await ownLink(layout, path, digests));
    if (status !== undefined) own.push({ name, path, status });
  }
  return own;
}

async function ownLink(
  layout: Layout,
  path: string,
  digests: readonly string[],
): Promise<BigIntStats | undefined> {
  const status = (await isInOwnFolder(layout.root, path)) ? await fileStatus(path) : undefined;
  for (const digest of status === undefined ? [] : digests) {
    const blob = await ownBlob(layout, digest);
    if (blob !== undefined && blob.ino === status?.ino && blob.dev === status.dev) return status;
  }
  return undefined;
}

/**
 * Makes records of names that an older version made as copies: those that the reference lists and that have the right
 * content. It hashes them, so it runs without the store's lock.
 */
export async function recordCopies(
  layout: Layout,
  stored: StoredReference,
  hashFile: HashFile,
): Promise<NameRecord[]> {
  const { reference, files } = stored;
  const known = new Set((await ownNames(layout, reference, files)).map(({ name }) => name));
  const found: NameRecord[] = [];
  for (const { name, digest } of files) {
    if (known.has(name) || !isPlainPath(name)) continue;
    const path = layout.modelFile(reference, name);
    const status = (await isInOwnFolder(layout.root, path)) ? await fileStatus(path) : undefined;
    if (status === undefined) continue;
    const hashed = await hashFile(path, digest);
    if (hashed?.digest === digest && hashed.ino === status.ino)
      found.push({ name, stamps: [stampOf(status)] });
  }
  return found;
}

/** Adds names to a model's record. The caller has the store's lock. */
export async function addNames(
  layout: Layout,
  reference: Reference,
  found: readonly NameRecord[],
): Promise<void> {
  if (found.length === 0) return;
  const records = new Map((await readNames(layout, reference))?.map((record) => [record.name, record]));
  for (const { name, stamps } of found) {
    const before = records.get(name)?.stamps ?? [];
    records.set(name, { name, stamps: [...stamps, ...before].slice(0, 2) });
  }
  await writeNames(layout, reference, [...records.values()]);
}

/** Arguments of {@link pruneModel}. */
export interface PruneOptions {
  readonly files: readonly StoredFile[];
  /** Files of the earlier version. */
  readonly before: readonly StoredFile[];
  /** Names with a record. */
  readonly recorded: readonly NameRecord[];
  readonly trash: Trash;
}

/** Removes names of an earlier version of the model that `files` no longer has. */
export async function pruneModel(
  layout: Layout,
  reference: Reference,
  { files, before, recorded, trash }: PruneOptions,
): Promise<void> {
  const wanted = new Set(files.map((file) => file.name));
  if ([...before, ...recorded].every(({ name }) => wanted.has(name))) return;
  const own = await ownNames(layout, reference, before);
  const old = own.filter(({ name }) => !wanted.has(name));
  if (old.length === 0) return;
  for (const { path, status } of old) await trash.take(path, status, { action: REMOVED });
  const records = (await readNames(layout, reference)) ?? [];
  try {
    const kept = records.filter(({ name }) => wanted.has(name));
    await writeNames(layout, reference, kept);
  } catch (error) {
    // A record of removed files proves nothing and does no harm, so a full disk is no reason to fail.
    if (!isModelError(error, 'disk-full')) throw error;
  }
  await removeEmptyFolders(
    layout,
    layout.model(reference),
    old.map(({ path }) => dirname(path)),
  );
}

/**
 * Moves a model's names to the trash, and removes its folders if they are empty then. On Windows this fails while one of
 * the files is open, before anything is lost.
 * @param before called before each name.
 * @throws ModelError `store-error`.
 */
export async function takeModel(
  layout: Layout,
  stored: Pick<StoredReference, 'reference' | 'files'>,
  trash: Trash,
  before: () => Promise<void>,
): Promise<void> {
  const own = await ownNames(layout, stored.reference, stored.files);
  for (const { path, status } of own) {
    await before();
    await trash.take(path, status, { action: REMOVED });
  }
  await forgetNames(layout.nameRecord(stored.reference), trash);
  await removeEmptyFolders(
    layout,
    layout.model(stored.reference),
    own.map(({ path }) => dirname(path)),
  );
}

/**
 * Does the same for a folder without a reference.
 * @returns false if there are files in it, of which none is proven to be ours.
 */
export async function takeFolder(
  layout: Layout,
  folder: string,
  trash: Trash,
  before: () => Promise<void>,
): Promise<boolean> {
  const root = join(layout.models, folder);
  let count = 0;
  const touched: string[] = [];
  for (const { name, stamps } of (await readNamesOfFolder(layout, folder)) ?? []) {
    if (!isPlainPath(name)) continue;
    const path = join(root, ...name.split('/'));
    const status = await ownFile(layout, path, ...stamps);
    if (status === undefined) continue;
    await before();
    touched.push(dirname(path));
    if (await trash.take(path, status, { action: REMOVED })) count++;
  }
  if (count === 0) {
    // A process that is killed before it records its first name leaves folders, and after it removed its last one too.
    const folders = await foldersIfBare(root);
    if (folders === undefined) return false;
    await before();
    touched.push(...folders);
  }
  await forgetNames(layout.nameRecordOf(folder), trash);
  await removeEmptyFolders(layout, root, touched);
  return true;
}

/** Returns the folders below a folder with nothing but folders in it, or undefined if it is another one. */
async function foldersIfBare(root: string): Promise<string[] | undefined> {
  const status = await guarded('read', root, () => ifPresent(lstat(root)));
  if (status?.isDirectory() !== true) return undefined;
  const entries = await guarded('read', root, () => readdir(root, { withFileTypes: true, recursive: true }));
  if (entries.some((entry) => !entry.isDirectory())) return undefined;
  return entries.map(({ parentPath, name }) => join(parentPath, name));
}

async function forgetNames(path: string, trash: Trash): Promise<void> {
  const status = (await isRecordFile(path)) ? await fileStatus(path) : undefined;
  if (status !== undefined) await trash.take(path, status, { isContent: false });
}

/** Removes those folders of a model that are empty, the ones above them, and the folder of the model. */
async function removeEmptyFolders(layout: Layout, root: string, within: readonly string[]): Promise<void> {
  const folders = new Set([root]);
  for (const start of within)
    for (let folder = start; folder.startsWith(`${root}${sep}`); folder = dirname(folder))
      folders.add(folder);
  const deepest = [...folders].sort((a, b) => b.length - a.length);
  for (const folder of deepest) {
    const status = await guarded('read', folder, () => ifPresent(lstat(folder)));
    if (status?.isDirectory() === true && (await isInOwnFolder(layout.root, folder)))
      await guarded('removed', folder, () => removeIfEmpty(folder));
  }
}

/**
 * Returns the bytes of those of a model's named files that are copies and not links. Files that can only be proven by
 * hashing them count if their size is right.
 */
export async function copiedBytesOf(layout: Layout, stored: StoredReference): Promise<number> {
  const { reference, files } = stored;
  const copies = new Map<string, BigIntStats>();
  for (const { name, digest } of files.filter((file) => isPlainPath(file.name))) {
    const path = layout.modelFile(reference, name);
    const [status, blob] = await Promise.all([fileStatus(path), fileStatus(layout.blob(digest))]);
    if (status !== undefined && status.size === blob?.size) copies.set(name, status);
  }
  for (const { name, status } of await ownNames(layout, reference, files)) copies.set(name, status);
  return [...copies.values()].reduce((sum, { nlink, size }) => sum + (nlink === 1n ? Number(size) : 0), 0);
}

/** Counts the names of a model that are links to the blob of `digest`. */
export async function linkedFiles(layout: Layout, stored: StoredReference, digest: string): Promise<number> {
  let count = 0;
  for (const file of stored.files) {
    if (file.digest !== digest) continue;
    const path = layout.modelFile(stored.reference, file.name);
    if (await guarded('read', path, () => isSameFile(layout.blob(digest), path))) count++;
  }
  return count;
}

/** Removes a model's names of `digest`, whether links or copies. */
export async function unlinkFiles(
  layout: Layout,
  stored: StoredReference,
  digest: string,
  trash: Trash,
): Promise<void> {
  const names = new Set(stored.files.filter((file) => file.digest === digest).map(({ name }) => name));
  for (const { name, path, status } of await ownNames(layout, stored.reference, stored.files)) {
    if (names.has(name)) await trash.take(path, status, { action: REMOVED });
  }
}

/** Finds temporary files of killed processes in a folder and below it. */
export async function leftovers(layout: Layout, folder: string): Promise<string[]> {
  const entries = await guarded('read', folder, () => ifPresent(readdir(folder, { withFileTypes: true })));
  const found: string[] = [];
  for (const entry of entries ?? []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await leftovers(layout, path)));
    else if (entry.isFile() && layout.isTemporary(entry.name)) found.push(path);
  }
  return found;
}
