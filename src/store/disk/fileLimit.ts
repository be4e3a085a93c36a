/**
 * Checks before the first byte, and not after gigabytes, that a disk takes a file of some size: FAT32 ends at 4 GiB, and
 * a process may have a limit of its own (RLIMIT_FSIZE).
 */
import { type FileHandle, readFile, statfs } from 'node:fs/promises';
import { ModelError, systemErrorCode } from '../../base/error.ts';
import { formatBytes } from '../../base/format.ts';
import { t } from '../../base/l10n.ts';

/** `f_type` of FAT on Linux (MSDOS_SUPER_MAGIC). Setting a length writes zeros there, so it is not tried. */
const FAT_TYPE = 0x4d44;
const FAT_LIMIT = 2 ** 32 - 1;

/**
 * Checks that an empty file can grow to `size`; it is empty again afterwards.
 * @param folder on the same disk, which the error names.
 * @param size bytes.
 * @throws ModelError `disk-full` with the limit, if it is known; the file system's error as it is.
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
    // On some file systems a file only grows by writing.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'].includes(code ?? '')) throw error;
    return;
  }
  await handle.truncate(0);
}

async function isFat(folder: string): Promise<boolean> {
  return process.platform === 'linux' && (await statfs(folder)).type === FAT_TYPE;
}

/** Returns the process's own limit in bytes (proc(5)), or undefined if there is none or the system does not tell. */
async function processLimit(): Promise<number | undefined> {
  try {
    const limits = await readFile('/proc/self/limits', 'utf8');
    const soft = /^Max file size\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined; // not Linux
  }
}

function limitError(folder: string, size: number, limit: number | undefined, cause?: unknown): ModelError {
  const message =
    limit === undefined
      ? t(
          'The disk of {0} cannot hold a file of {1}. Choose a folder on another disk with the setting ociModels.storePath.',
          folder,
          formatBytes(size),
        )
      : t(
          'The disk of {0} cannot hold a file of {1} (at most {2}). Choose a folder on another disk with the setting ociModels.storePath.',
          folder,
          formatBytes(size),
          formatBytes(limit),
        );
  return new ModelError('disk-full', message, { cause });
}
