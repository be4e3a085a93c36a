/**
 * Accesses files in the store's folder, any of which may be foreign: below the root no symbolic link is followed and no
 * pipe or device is waited for, and anything but a plain file or folder is left alone.
 */
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { ModelError, systemErrorCode } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { guarded, ifPresent, syncDirectory } from './files.ts';
import { foreignError, kindOf, requireFile } from './foreign.ts';
import { MARKER_NAME } from './layout.ts';

/** Bytes of the first read. */
const SMALL_BYTES = 64 * 1024;

/** Flags that follow no link and wait for no pipe; Windows has neither. */
export const NO_FOLLOW = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a plain file for reading.
 * @returns undefined if there is none.
 * @throws ModelError `store-error` for a link, a folder, a pipe and the like; the file system's error as it is.
 */
export async function openRegular(path: string): Promise<FileHandle | undefined> {
  return (await openWithSize(path))?.handle;
}

async function openWithSize(path: string): Promise<{ handle: FileHandle; size: number } | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await ifPresent(open(path, constants.O_RDONLY | NO_FOLLOW));
  } catch (error) {
    // A link, because of O_NOFOLLOW, or a socket.
    if (!['ELOOP', 'EMLINK', 'ENXIO', 'EISDIR'].includes(systemErrorCode(error) ?? '')) throw error;
    requireFile(path, await lstat(path));
    throw error;
  }
  if (handle === undefined) return undefined;
  try {
    const status = await handle.stat();
    requireFile(path, status);
    return { handle, size: status.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Reads the text of a plain file.
 * @param maxBytes above which nothing is read.
 * @returns undefined if there is no file, or an empty text if it is larger.
 * @throws ModelError as {@link openRegular}.
 */
export async function readText(path: string, maxBytes: number): Promise<string | undefined> {
  const start = await readStart(path, maxBytes);
  return start?.isWhole === false ? '' : start?.text;
}

/**
 * Reads the text of a plain file, or only its beginning if it is larger.
 * @param maxBytes above which only the beginning is read.
 * @returns undefined if there is no file.
 * @throws ModelError as {@link openRegular}.
 */
export async function readStart(
  path: string,
  maxBytes: number,
): Promise<{ readonly text: string; readonly isWhole: boolean } | undefined> {
  const opened = await openWithSize(path);
  if (opened === undefined) return undefined;
  const { handle, size } = opened;
  try {
    // A small file, as most are, takes one read.
    const buffer = Buffer.allocUnsafe(Math.min(size, SMALL_BYTES) + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    const isWhole = bytesRead < buffer.length;
    if (isWhole || size > maxBytes)
      return { text: buffer.toString('utf8', 0, bytesRead), isWhole: size <= maxBytes };
    // The read above gave a position, so this one still begins at the start of the file.
    return { text: await handle.readFile('utf8'), isWhole: true };
  } finally {
    await handle.close();
  }
}

/** Returns the status of a plain file, or undefined if there is none or something else in its place. */
export async function fileStatus(path: string): Promise<BigIntStats | undefined> {
  const status = await guarded('read', path, () => ifPresent(lstat(path, { bigint: true })));
  return status?.isFile() === true ? status : undefined;
}

/** Tells whether nothing at all has this name, not even a dangling link. */
export async function isFree(path: string): Promise<boolean> {
  return (await guarded('read', path, () => ifPresent(lstat(path)))) === undefined;
}

/**
 * Checks that the store is still in its folder. The folder of a drive that was pulled out may stay, and what is written
 * into it then fills another disk.
 * @throws ModelError `store-error` if it is not.
 */
export async function requireStore(root: string): Promise<void> {
  if (!(await isFree(join(root, MARKER_NAME)))) return;
  const message = t(
    'The model store {0} is no longer there. Connect its drive and try again, or choose another folder with the setting ociModels.storePath.',
    root,
  );
  throw new ModelError('store-error', message);
}

/**
 * Makes a folder below `root`, where a store is, and its parents if they are missing.
 * @throws ModelError `store-error` if one of them is a link or a file, or if the store is gone.
 */
export async function makeFolder(
  root: string,
  path: string,
  { sync = true }: { readonly sync?: boolean } = {},
): Promise<void> {
  const folders = foldersTo(root, path);
  const areThere = await Promise.all(folders.map(isFolder));
  if (areThere[0] === false) await requireStore(root);
  for (const [index, folder] of folders.entries())
    if (areThere[index] !== true) await makeOneFolder(folder, sync);
}

/** Returns all folders below `root` up to `path`. */
function foldersTo(root: string, path: string): string[] {
  const way = relative(root, path);
  const parts = way === '' ? [] : way.split(sep);
  return parts.map((_, index) => `${root}${sep}${parts.slice(0, index + 1).join(sep)}`);
}

async function makeOneFolder(folder: string, sync: boolean): Promise<void> {
  await guarded('created', folder, async () => {
    try {
      await mkdir(folder);
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
    }
    // Otherwise a power failure could lose the folder with everything in it.
    if (sync) await syncDirectory(dirname(folder));
  });
  if (!(await isFolder(folder))) throw foreignError(folder, 'other');
}

/**
 * Tells whether a folder exists. A link to a folder does not count as one.
 * @throws ModelError `store-error` if something else has its name.
 */
export async function isFolder(path: string): Promise<boolean> {
  const status = await guarded('read', path, () => ifPresent(lstat(path)));
  if (status === undefined) return false;
  if (!status.isDirectory()) throw foreignError(path, kindOf(status));
  return true;
}

/**
 * Tells whether each folder between `root` and `path` is a real folder and not a link, so that `path` lies in the store.
 * False if one is missing.
 */
export async function isInOwnFolder(root: string, path: string): Promise<boolean> {
  const look = async (folder: string): Promise<boolean> => {
    const status = await guarded('read', folder, () => ifPresent(lstat(folder)));
    return status?.isDirectory() === true;
  };
  return (await Promise.all(foldersTo(root, dirname(path)).map(look))).every(Boolean);
}
