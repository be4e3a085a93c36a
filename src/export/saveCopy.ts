/** Implements “Save a Copy…”, which copies the files of a model to files of the user's own. */
import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { DISK_MARGIN_BYTES, freeBytes } from '../base/diskSpace.ts';
import { ModelError, throwIfCancelled } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';
import { t } from '../base/l10n.ts';
import { cloneFile, copyBytes, savedFileError } from '../store/index.ts';

/** Characters of a name that a file has while it is written: names have at most 255 bytes, and a character up to 3. */
const MAX_NAME = 50;

/** One file to copy. */
export interface FileToSave {
  readonly from: string;
  /** Absolute path. An existing file is replaced; the caller has asked the user. */
  readonly to: string;
}

export interface SaveCopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes done and the bytes of all files. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  /** Folder of the store, in which no copy may be saved. */
  readonly storeRoot: string;
  /** Returns the bytes that may be written on the disk of a folder. Defaults to asking the file system. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
}

/**
 * Copies files, or clones them if the file system can. A copy gets its name when it is complete, is writable, and can
 * be changed without touching the store. A copy that fails or is cancelled leaves nothing behind; finished ones stay.
 * @throws ModelError `not-found`, `disk-full` (before the first byte if possible), `store-error`, `cancelled`.
 */
export async function saveCopies(files: readonly FileToSave[], options: SaveCopyOptions): Promise<void> {
  const sizes = await Promise.all(files.map(({ from }) => sizeOf(from)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  for (const { to } of files) {
    await refuseStore(to, options.storeRoot);
    await refuseSpecial(to);
  }
  let done = 0;
  for (const [index, file] of files.entries()) {
    const size = sizes[index] ?? 0;
    const onProgress = (bytes: number): void => options.onProgress?.(done + bytes, total);
    await saveOne(file, total - done, { ...options, onProgress });
    done += size;
    options.onProgress?.(done, total);
  }
}

async function saveOne(
  { from, to }: FileToSave,
  neededBytes: number,
  options: Omit<SaveCopyOptions, 'onProgress'> & { readonly onProgress: (bytes: number) => void },
): Promise<void> {
  const { signal, onProgress } = options;
  const folder = dirname(to);
  const temporary = join(folder, `.${basename(to).slice(0, MAX_NAME)}.${randomUUID()}.part`);
  throwIfCancelled(signal);
  try {
    await mkdir(folder, { recursive: true });
    if (!(await cloneFile(from, temporary))) {
      requireRoom(neededBytes, await (options.freeBytes ?? freeBytes)(folder), folder);
      await copyBytes(from, temporary, { signal, onProgress });
    }
    // A clone has the mode of the blob, which is read-only.
    await chmod(temporary, 0o644);
    await rename(temporary, to);
  } catch (error) {
    // The cause of the failure may also prevent the removal; the first failure is the one to report.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw savedFileError(error, to);
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    const message = t('{0} is missing, so it was not copied. Pull the model again.', path);
    throw new ModelError('not-found', message, { cause: error });
  }
}

/** Refuses the store's folder, in which a copy could take the place of a verified file. */
async function refuseStore(path: string, storeRoot: string): Promise<void> {
  const way = relative(await realPlace(storeRoot), join(await realPlace(dirname(path)), basename(path)));
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return;
  const message = t('{0} is the model store itself. Choose another folder for the copy.', storeRoot);
  throw new ModelError('store-error', message);
}

/** Refuses a pipe, socket or device, which a rename would remove without a word. */
async function refuseSpecial(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || found.isFile() || found.isSymbolicLink() || found.isDirectory()) return;
  throw new ModelError(
    'store-error',
    t('{0} is a pipe, socket or device. Choose another name for the copy.', path),
  );
}

/** Returns the path behind all links, of which the last folders may not exist yet. */
async function realPlace(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch {
    const above = dirname(absolute);
    return above === absolute ? absolute : join(await realPlace(above), basename(absolute));
  }
}

function requireRoom(needed: number, free: number, folder: string): void {
  if (needed + DISK_MARGIN_BYTES <= free) return;
  const message = t(
    'Not enough disk space in {0}: the copy needs {1} plus a reserve of {2}, and {3} is free. Free some space or choose another folder.',
    folder,
    formatBytes(needed),
    formatBytes(DISK_MARGIN_BYTES),
    formatBytes(free),
  );
  throw new ModelError('disk-full', message);
}
