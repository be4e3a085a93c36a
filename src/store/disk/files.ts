/**
 * File operations of the store: what was written is on the disk before it gets its name, and a failure says
 * what a person can do about it.
 */
import { statfsSync } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ModelError, systemErrorCode } from '../../base/error.ts';
import { isTooManyFiles, tooManyFiles } from '../../base/openFiles.ts';
import { withCapability } from './capabilities.ts';
import { requireFile } from './foreign.ts';

const NO_SPACE = ['ENOSPC', 'EDQUOT'];
const NO_PERMISSION = ['EACCES', 'EPERM', 'EROFS'];
/** A drive that was pulled out, or a network drive without its server. */
const AWAY = ['ENXIO', 'ENODEV', 'ENOTCONN', 'ESTALE', 'EHOSTDOWN', 'EHOSTUNREACH', 'ETIMEDOUT', 'ENOMEDIUM'];

/** What to do about a system error that has no sentence of its own. */
function remedy(code: string | undefined): string {
  if (code !== undefined && NO_PERMISSION.includes(code)) {
    return 'check that you may write there, or choose another folder with the setting ociModels.storePath';
  }
  if (code === 'EIO') return 'the disk reports an error, so check it';
  if (code !== undefined && AWAY.includes(code)) return 'its drive does not answer, so connect it';
  if (code === 'EISDIR') return 'there is a folder where a file belongs, so move it away';
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return 'there is a file where a folder belongs, so move it away';
  if (code === 'ELOOP') return 'there is a link where a file or folder belongs, so move it away';
  if (code === 'EFBIG') {
    return 'its disk cannot hold files of that size, so choose a folder on another disk with the setting ociModels.storePath';
  }
  if (code === 'ENAMETOOLONG') {
    return 'its path is too long, so choose a folder with a shorter one with the setting ociModels.storePath';
  }
  return `try again (${code ?? 'unknown error'})`;
}

/**
 * A failed file operation as a person reads it: `disk-full` where space or quota ran out, else `store-error`.
 * A ModelError stays as it is.
 * @param action what was being done, as in “The file … could not be `written`”.
 */
export function fileError(error: unknown, action: string, path: string): ModelError {
  if (error instanceof ModelError) return error;
  const code = systemErrorCode(error);
  if (code !== undefined && NO_SPACE.includes(code)) {
    if (code === 'ENOSPC' && hasNoInodes(path)) {
      const message = `The disk of ${dirname(path)} has room, but takes no more files: remove some files there, or choose another folder with the setting ociModels.storePath.`;
      return new ModelError('disk-full', message, { cause: error });
    }
    const message = `The disk of ${dirname(path)} is full: free some space and pull again, or choose another folder with the setting ociModels.storePath.`;
    return new ModelError('disk-full', message, { cause: error });
  }
  const advice = isTooManyFiles(error) ? tooManyFiles() : remedy(code);
  return new ModelError('store-error', `${path} could not be ${action}: ${advice}.`, { cause: error });
}

/** Tells whether it is the number of files that ran out. File systems without such a number say 0 of 0. */
function hasNoInodes(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      const { files, ffree, bavail } = statfsSync(folder);
      return files > 0 && ffree === 0 && bavail > 0;
    } catch (error) {
      // The folder itself may be what could not be made.
      if (systemErrorCode(error) !== 'ENOENT' || folder === dirname(folder)) return false;
    }
  }
}

/** The result of `operation`, with a failure as {@link fileError} words it. */
export async function guarded<T>(action: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError(error, action, path);
  }
}

/** `undefined` in place of the error that a file is not there; every other error is thrown. */
export async function ifPresent<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes a file that may be gone already: in one call, while `rm` makes three. */
export async function removeFile(path: string): Promise<void> {
  await ifPresent(unlink(path));
}

/** Removes a folder that is empty. It is no error where it is not, because another process has it, or where it is gone. */
export async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM'].includes(systemErrorCode(error) ?? '')) throw error;
  }
}

/** The names in a folder; none where it is not there. @throws ModelError `store-error`. */
export async function namesIn(folder: string): Promise<string[]> {
  return guarded('read', folder, async () => (await ifPresent(readdir(folder))) ?? []);
}

/** The names of the folders in a folder; none where it is not there. @throws ModelError `store-error`. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await guarded('read', folder, () => ifPresent(readdir(folder, { withFileTypes: true })));
  return (entries ?? []).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/**
 * Makes the names in a directory survive a power failure. Windows has no such operation, and some file systems refuse
 * it: there the names are as durable as they can be.
 */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await withCapability('folder-sync', path, async () => {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Brings a file to the disk, where the file system does so on demand. @param path of it. */
export async function syncFile(handle: FileHandle, path: string, how: 'all' | 'data' = 'all'): Promise<void> {
  await withCapability('file-sync', path, () => (how === 'all' ? handle.sync() : handle.datasync()));
}

/** Milliseconds to wait before the next try, where Windows says that a file is in use. */
const RENAME_BACKOFF_MS = [10, 25, 50, 100, 200, 400];

/**
 * `rename`. On Windows a virus scanner or indexer holds new files for a moment and the rename is refused, so
 * it is tried again for less than a second.
 */
export async function renameFile(from: string, to: string): Promise<void> {
  for (const wait of process.platform === 'win32' ? RENAME_BACKOFF_MS : []) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!['EPERM', 'EACCES', 'EBUSY'].includes(systemErrorCode(error) ?? '')) throw error;
      await delay(wait);
    }
  }
  await rename(from, to);
}

/**
 * Writes a file that readers see whole or not at all: written under another name, fsync, rename, fsync of the folder.
 * @param temporary a path where nothing is. If it is on another disk than `path`, its name is taken beside that.
 * @throws ModelError `disk-full`, `store-error`, also if no plain file has the name.
 */
export async function writeAtomically(
  path: string,
  bytes: Uint8Array | string,
  temporary: string,
): Promise<void> {
  await guarded('written', path, async () => {
    const before = await ifPresent(lstat(path));
    if (before !== undefined) requireFile(path, before);
    try {
      await writeAndRename(path, bytes, temporary);
    } catch (error) {
      if (systemErrorCode(error) !== 'EXDEV') throw error;
      await writeAndRename(path, bytes, join(dirname(path), `.${basename(temporary)}`));
    }
    await syncDirectory(dirname(path));
  });
}

async function writeAndRename(path: string, bytes: Uint8Array | string, temporary: string): Promise<void> {
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(bytes);
      await syncFile(handle, temporary);
    } finally {
      await handle.close();
    }
    await renameFile(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Codes of a file system without hard links (exFAT, some network drives), or of one across a mount. EISDIR is
 * how Node names Windows' ERROR_INVALID_FUNCTION.
 */
export const NO_HARD_LINK = [
  'EPERM',
  // Android, and some rules of SELinux; where the folder may not be written, the copy fails with it again.
  'EACCES',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EXDEV',
  'EMLINK',
  'EINVAL',
  'EISDIR',
  'UNKNOWN',
];

/** Whether two paths are names of one file. False where one of them is not there. */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([
    ifPresent(lstat(a, { bigint: true })),
    ifPresent(lstat(b, { bigint: true })),
  ]);
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino;
}
