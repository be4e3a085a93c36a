/**
 * File operations of the store. A file is flushed to the disk before it gets its name, and a failure tells a person
 * what to do about it.
 */
import { statfsSync } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ModelError, systemErrorCode } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { isTooManyFiles, tooManyFiles } from '../../base/openFiles.ts';
import { withCapability } from './capabilities.ts';
import { requireFile } from './foreign.ts';

const NO_SPACE = ['ENOSPC', 'EDQUOT'];
const NO_PERMISSION = ['EACCES', 'EPERM'];
/** A drive that was pulled out, or a network drive without its server. */
const AWAY = [
  'ENXIO',
  'ENODEV',
  'ENOMEDIUM',
  'ENOTCONN',
  'ECONNABORTED',
  'ESTALE',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ETIMEDOUT',
];
/** The disk itself, or that of a network drive's server. */
const BROKEN = ['EIO', 'EREMOTEIO'];
/** A file system that has no such thing, or not with that name. */
const NOT_SUPPORTED = ['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EXDEV', 'EEXIST'];

/**
 * File operations as an error names them. `…-in-use`: of a model's file, which may fail on Windows while it is open;
 * `read-foreign`: of a file that is not in the store.
 */
export type FileAction =
  | 'read'
  | 'read-foreign'
  | 'written'
  | 'created'
  | 'opened'
  | 'closed'
  | 'removed'
  | 'removed-in-use'
  | 'moved-in-use'
  | 'put back';

/** Says that an action failed. @param remedy a sentence. */
function failureText(action: FileAction, path: string, remedy: Localized): Localized {
  switch (action) {
    case 'read':
    case 'read-foreign':
      return t('Could not read {0}. {1}', path, remedy);
    case 'written':
      return t('Could not write {0}. {1}', path, remedy);
    case 'created':
      return t('Could not create {0}. {1}', path, remedy);
    case 'opened':
      return t('Could not open {0}. {1}', path, remedy);
    case 'closed':
      return t('Could not close {0}. {1}', path, remedy);
    case 'removed':
      return t('Could not remove {0}. {1}', path, remedy);
    case 'removed-in-use':
      return t('Could not remove {0} (if the model is in use, unload it first). {1}', path, remedy);
    case 'moved-in-use':
      return t('Could not move {0} (if the model is in use, unload it first). {1}', path, remedy);
    case 'put back':
      return t('Could not restore {0}. {1}', path, remedy);
  }
}

/** Returns the advice for a system error, as a sentence. */
function remedyFor(action: FileAction, code = ''): Localized {
  if (NO_PERMISSION.includes(code)) {
    switch (action) {
      case 'read-foreign':
        return t('Check that you have permission to read it.');
      case 'read':
        return t(
          'Check that you have permission to read it, or choose another folder with the setting ociModels.storePath.',
        );
      default:
        return t(
          'Check that you have permission to write there, or choose another folder with the setting ociModels.storePath.',
        );
    }
  }
  if (code === 'EROFS') {
    return t(
      'Its disk is read-only; check the disk, or choose another folder with the setting ociModels.storePath.',
    );
  }
  if (BROKEN.includes(code)) return t('The disk reports an error; check the disk.');
  if (AWAY.includes(code)) return t('Its drive does not respond; connect the drive and try again.');
  if (code === 'EBUSY' || code === 'ETXTBSY') {
    return t('Another program is using it; close that program and try again.');
  }
  if (code === 'ENOMEM') return t('The machine is out of memory; close some programs and try again.');
  if (code === 'ENOENT') return t('Its folder is no longer there; connect its drive and try again.');
  if (code === 'EISDIR') return t('A folder is in the place of this file; move it away.');
  if (code === 'ENOTDIR' || (code === 'EEXIST' && action === 'created'))
    return t('A file is in the place of a folder; move it away.');
  if (NOT_SUPPORTED.includes(code)) {
    return t(
      'Its file system does not allow it ({0}); choose a folder on another disk with the setting ociModels.storePath.',
      code,
    );
  }
  if (code === 'ELOOP') return t('A link is in the place of a file or folder; move it away.');
  if (code === 'EFBIG') {
    return t(
      'Its disk cannot hold files of that size; choose a folder on another disk with the setting ociModels.storePath.',
    );
  }
  if (code === 'ENAMETOOLONG') {
    return t(
      'Its path is too long; choose a folder with a shorter path with the setting ociModels.storePath.',
    );
  }
  return t('Try again ({0}).', code === '' ? t('unknown error') : code);
}

/**
 * Returns the error of a failed file operation: `disk-full` if space or quota ran out, and `store-error` otherwise.
 * Returns a ModelError as it is.
 */
export function fileError(error: unknown, action: FileAction, path: string): ModelError {
  if (error instanceof ModelError) return error;
  const code = systemErrorCode(error);
  if (code !== undefined && NO_SPACE.includes(code)) {
    const message =
      code === 'ENOSPC' && hasNoInodes(path)
        ? t(
            'The disk of {0} has space left but cannot hold more files. Remove some files there, or choose another folder with the setting ociModels.storePath.',
            dirname(path),
          )
        : t(
            'The disk of {0} is full. Free some space and try again, or choose another folder with the setting ociModels.storePath.',
            dirname(path),
          );
    return new ModelError('disk-full', message, { cause: error });
  }
  const message = isTooManyFiles(error)
    ? t('Could not access {0}: {1}.', path, tooManyFiles())
    : failureText(action, path, remedyFor(action, code));
  return new ModelError('store-error', message, { cause: error });
}

/**
 * Returns the error of a failed copy to a folder that the user chose for it, with which the store's setting has nothing
 * to do: `disk-full` if space or quota ran out, and `store-error` otherwise. Returns a ModelError as it is.
 */
export function savedFileError(error: unknown, path: string): ModelError {
  if (error instanceof ModelError || isTooManyFiles(error)) return fileError(error, 'written', path);
  const code = systemErrorCode(error) ?? '';
  if (NO_SPACE.includes(code)) {
    const message =
      code === 'ENOSPC' && hasNoInodes(path)
        ? t(
            'The disk of {0} has space left but cannot hold more files. Remove some files there, or choose another folder.',
            dirname(path),
          )
        : t(
            'The disk of {0} is full, so the copy was discarded. Free some space or choose another folder.',
            dirname(path),
          );
    return new ModelError('disk-full', message, { cause: error });
  }
  return new ModelError('store-error', failureText('written', path, remedyElsewhere(code)), { cause: error });
}

/** Returns the advice for a system error in a folder of the user's choice. */
function remedyElsewhere(code: string): Localized {
  if (NO_PERMISSION.includes(code))
    return t('Check that you have permission to write there, or choose another folder.');
  if (code === 'EROFS') return t('Its disk is read-only; choose another folder.');
  if (code === 'EFBIG') return t('Its disk cannot hold files of that size; choose a folder on another disk.');
  if (code === 'ENAMETOOLONG') return t('Its path is too long; choose a folder with a shorter path.');
  // A folder of the path could not be created.
  if (code === 'EEXIST') return remedyFor('created', code);
  if (NOT_SUPPORTED.includes(code))
    return t('Its file system does not allow it ({0}); choose a folder on another disk.', code);
  return remedyFor('written', code);
}

/** Tells whether the disk ran out of inodes and not of space. File systems without inodes report 0 of 0. */
function hasNoInodes(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      const { files, ffree, bavail } = statfsSync(folder);
      return files > 0 && ffree === 0 && bavail > 0;
    } catch (error) {
      // The folder itself may be the one that could not be created.
      if (systemErrorCode(error) !== 'ENOENT' || folder === dirname(folder)) return false;
    }
  }
}

/** Runs `operation`, and throws a failure as a {@link fileError}. */
export async function guarded<T>(action: FileAction, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError(error, action, path);
  }
}

/** Returns undefined if the operation fails because a file is missing; throws every other error. */
export async function ifPresent<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes a file that may already be gone, with one system call where `rm` makes three. */
export async function removeFile(path: string): Promise<void> {
  await ifPresent(unlink(path));
}

/** Removes a folder if it is empty. A folder that is gone, or that another process uses, is not an error. */
export async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM'].includes(systemErrorCode(error) ?? '')) throw error;
  }
}

/** Returns the names in a folder, or none if it does not exist. @throws ModelError `store-error`. */
export async function namesIn(folder: string): Promise<string[]> {
  return guarded('read', folder, async () => (await ifPresent(readdir(folder))) ?? []);
}

/** Returns the names of the folders in a folder, or none if it does not exist. @throws ModelError `store-error`. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await guarded('read', folder, () => ifPresent(readdir(folder, { withFileTypes: true })));
  return (entries ?? []).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/**
 * Flushes the names in a directory, so that they survive a power failure. Windows cannot do this, and some file systems
 * refuse it; names are as durable as possible there.
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

/** Flushes a file to the disk, if the file system supports it. @param path of the file. */
export async function syncFile(handle: FileHandle, path: string, how: 'all' | 'data' = 'all'): Promise<void> {
  await withCapability('file-sync', path, () => (how === 'all' ? handle.sync() : handle.datasync()));
}

/** Milliseconds before each further try if Windows reports that a file is in use. */
const RENAME_BACKOFF_MS = [10, 25, 50, 100, 200, 400];

/**
 * Renames a file. On Windows a virus scanner or indexer may hold a new file for a moment, so the rename is retried for
 * less than a second.
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
 * Writes a file that readers see completely or not at all: write under another name, fsync, rename, fsync the folder.
 * @param temporary an unused path. If it is on another disk than `path`, a name beside `path` is used instead.
 * @throws ModelError `disk-full`, `store-error`, also if something other than a plain file is at `path`.
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

/** Tells whether two paths are names of one file. False if one of them does not exist. */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([
    ifPresent(lstat(a, { bigint: true })),
    ifPresent(lstat(b, { bigint: true })),
  ]);
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino;
}
