/**
 * Scans the folders of other programs: read-only, within limits, and without failing if something is missing or
 * unreadable. Symbolic links to files count as files; links to folders are not followed, so that the scan neither loops
 * nor reaches another disk.
 */
import { open, opendir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode, throwIfCancelled } from '../base/error.ts';
import type { Log } from '../base/log.ts';

export interface ScanOptions {
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/** A file that was found. */
export interface FoundFile {
  readonly path: string;
  /** Relative to the folder that was searched, with `/`. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** The most files and folders that one scan visits. */
const MAX_ENTRIES = 50_000;

/** Codes for a missing path, which is normal: most machines have few of the tools. */
const ABSENT = ['ENOENT', 'ENOTDIR'];

/**
 * Returns the files below `folder` whose name passes `accept`, sorted by name.
 * @param depth 1 for the files of the folder itself.
 * @throws ModelError `cancelled`.
 */
export async function filesBelow(
  folder: string,
  depth: number,
  accept: (name: string) => boolean,
  options: ScanOptions,
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  let entries = 0;
  const search = async (path: string, prefix: string, levels: number): Promise<void> => {
    await each(path, options, async (entry) => {
      entries++;
      if (entries > MAX_ENTRIES) return false;
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) {
        if (levels > 1) await search(join(path, entry.name), `${name}/`, levels - 1);
      } else if (accept(name)) {
        const file = await foundFile(join(path, entry.name), name);
        if (file !== undefined) found.push(file);
      }
      return true;
    });
  };
  await search(folder, '', depth);
  if (entries > MAX_ENTRIES) {
    options.log.warn(`${folder} has more than ${MAX_ENTRIES} entries; the others were not looked at.`);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the names of the folders in `folder`, sorted. @throws ModelError `cancelled`. */
export async function foldersIn(folder: string, options: ScanOptions): Promise<string[]> {
  const names: string[] = [];
  await each(folder, options, async (entry) => {
    if (entry.isDirectory()) names.push(entry.name);
    return names.length < MAX_ENTRIES;
  });
  return names.sort();
}

/** Runs `search` in one folder after the other and joins the results. */
export async function inEach<T>(
  folders: readonly string[],
  search: (folder: string) => Promise<readonly T[]>,
): Promise<T[]> {
  const found: T[] = [];
  for (const folder of folders) found.push(...(await search(folder)));
  return found;
}

/** Returns `path` if it is a file of the given size, or undefined. */
export async function fileOfSize(path: string, sizeBytes: number): Promise<string | undefined> {
  const file = await foundFile(path, path);
  return file?.sizeBytes === sizeBytes ? path : undefined;
}

/** Returns the target of a symbolic link as it is written, or undefined if `path` is not a link. */
export async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch {
    return undefined; // a file, or gone: an import would report it
  }
}

/**
 * Reads a small file. Returns undefined if it is missing, not a file, unreadable or larger than `maxBytes`; everything
 * but a missing file is logged.
 */
export async function readSmallFile(
  path: string,
  maxBytes: number,
  { log, signal }: ScanOptions,
): Promise<Buffer | undefined> {
  throwIfCancelled(signal);
  try {
    // Checked before the file is opened, because opening a pipe waits for its writer.
    const status = await stat(path);
    if (!status.isFile() || status.size > maxBytes) {
      log.warn(`${path} is left out: it has ${status.size} bytes or is no file.`);
      return undefined;
    }
    const handle = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(status.size);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    tellUnreadable(path, error, log);
    return undefined;
  }
}

async function foundFile(path: string, name: string): Promise<FoundFile | undefined> {
  try {
    const status = await stat(path);
    return status.isFile() ? { path, name, sizeBytes: status.size } : undefined;
  } catch {
    return undefined; // a dangling link
  }
}

/** Calls `visit` for each entry of a folder until it returns false. */
async function each(
  folder: string,
  { log, signal }: ScanOptions,
  visit: (entry: { name: string; isDirectory(): boolean }) => Promise<boolean>,
): Promise<void> {
  throwIfCancelled(signal);
  let directory: Awaited<ReturnType<typeof opendir>>;
  try {
    directory = await opendir(folder);
  } catch (error) {
    tellUnreadable(folder, error, log);
    return;
  }
  // Leaving the loop closes the directory.
  for await (const entry of directory) {
    throwIfCancelled(signal);
    if (!(await visit(entry))) return;
  }
}

function tellUnreadable(path: string, error: unknown, log: Log): void {
  const code = systemErrorCode(error);
  if (code === undefined || !ABSENT.includes(code)) {
    log.warn(`${path} cannot be read (${code ?? String(error)}) and is left out.`);
  }
}
