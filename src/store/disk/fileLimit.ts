/**
 * The largest file that a disk takes: FAT32 ends at 4 GiB, and a process may have a limit of its own (RLIMIT_FSIZE).
 * It is tried before the first byte, and not found out after gigabytes.
 */
import { type FileHandle, readFile, statfs } from 'node:fs/promises';
import { ModelError, systemErrorCode } from '../../base/error.ts';
import { formatBytes } from '../../base/format.ts';

/** `statfs` of FAT on Linux (MSDOS_SUPER_MAGIC). Setting a length there writes zeros, so it is not tried. */
const FAT_TYPE = 0x4d44;
const FAT_LIMIT = 2 ** 32 - 1;

/**
 * Tries whether an empty file may become as long as that; it is empty again afterwards.
 * @param folder on the same disk, as it is told.
 * @param size bytes.
 * @throws ModelError `disk-full` with the limit, if it is known; the file system's error, as it came.
 */
export async function requireLength(handle: FileHandle, folder: string, size: number): Promise<void> {
  if (size === 0) return;
  if (await isFat(folder)) {
    if (size > FAT_LIMIT) throw limitError(folder, size, FAT_LIMIT);
    return;
  }
  try {
    await handle.truncate(size);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EFBIG') throw limitError(folder, size, await processLimit(), error);
    // Some file systems have files that only grow as they are written.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'].includes(code ?? '')) throw error;
    return;
  }
  await handle.truncate(0);
}

async function isFat(folder: string): Promise<boolean> {
  return process.platform === 'linux' && (await statfs(folder)).type === FAT_TYPE;
}

/** Bytes of the process's own limit (proc(5)); undefined if it has none, or the system does not tell. */
async function processLimit(): Promise<number | undefined> {
  try {
    const limits = await readFile('/proc/self/limits', 'utf8');
    const soft = /^Max file size\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined; // another system than Linux
  }
}

function limitError(folder: string, size: number, limit: number | undefined, cause?: unknown): ModelError {
  const most = limit === undefined ? '' : ` (at most ${formatBytes(limit)})`;
  const message = `The disk of ${folder} cannot hold a file of ${formatBytes(size)}${most}: choose a folder on another disk with the setting ociModels.storePath.`;
  return new ModelError('disk-full', message, { cause });
}
