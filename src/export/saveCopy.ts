/** “Save a Copy…”: files of a model as files of the user's own. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { DISK_MARGIN_BYTES, freeBytes } from '../base/diskSpace.ts';
import { ModelError, systemErrorCode, throwIfCancelled } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';
import { cloneFile, copyBytes } from '../store/index.ts';

/** One file to copy. */
export interface FileToSave {
  readonly from: string;
  /** Absolute path. What is there is replaced: who calls has asked. */
  readonly to: string;
}

export interface SaveCopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that are done and those of all files. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  /** Where no copy may go. */
  readonly storeRoot: string;
  /** Bytes that may be written on the disk of a folder; the file system's answer where absent. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
}

/**
 * Copies files, or clones them where the file system can. Each has its name when it is whole, may be written by the
 * user, and shares nothing with the store that a change could reach. A copy that fails or is cancelled leaves
 * nothing; files that are done stay.
 * @throws ModelError `not-found`, `disk-full` before the first byte where that is known, `store-error`, `cancelled`.
 */
export async function saveCopies(files: readonly FileToSave[], options: SaveCopyOptions): Promise<void> {
  const sizes = await Promise.all(files.map(({ from }) => sizeOf(from)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  for (const { to } of files) refuseStore(to, options.storeRoot);
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
  const temporary = join(folder, `.${basename(to).slice(0, 100)}.${randomUUID()}.part`);
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
    // What kept the file from being written may keep it from being removed; the first failure is the one to tell.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw explain(error, to);
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    const message = `${path} is missing, so it was not copied. Pull the model again.`;
    throw new ModelError('not-found', message, { cause: error });
  }
}

/** A file put into the store by hand could take the place of a verified one. */
function refuseStore(path: string, storeRoot: string): void {
  const way = relative(resolve(storeRoot), resolve(path));
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return;
  const message = `${storeRoot} is the model store itself. Choose another folder for the copy.`;
  throw new ModelError('store-error', message);
}

function requireRoom(needed: number, free: number, folder: string): void {
  if (needed + DISK_MARGIN_BYTES <= free) return;
  const message = `The disk of ${folder} has not enough room: ${formatBytes(needed)} are to be copied, ${formatBytes(DISK_MARGIN_BYTES)} are left free for other programs, and ${formatBytes(free)} are free. Free some space or choose another folder.`;
  throw new ModelError('disk-full', message);
}

function explain(error: unknown, to: string): ModelError {
  if (error instanceof ModelError) return error;
  const code = systemErrorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `The disk of ${dirname(to)} is full, so the copy was not kept. Free some space or choose another folder.`;
    return new ModelError('disk-full', message, { cause: error });
  }
  const message = `${to} could not be written (${code ?? 'unknown error'}). Choose another folder, or check that you may write there.`;
  return new ModelError('store-error', message, { cause: error });
}
