/** Duplicates files, as a clone that shares the disk blocks or as a copy. */
import { constants } from 'node:fs';
import { copyFile, open, rm } from 'node:fs/promises';
import { throwIfCancelled } from '../../base/error.ts';
import { guarded, syncFile } from './files.ts';

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes copied so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Bytes of one read and write. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Clones a file (btrfs, XFS, APFS, ReFS), which is instant and takes no disk space until one of the two changes. The
 * clone is a snapshot, even if another program is writing the source.
 * @param to an unused path.
 * @returns false if the file system cannot clone.
 */
export async function cloneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    // The codes for “cannot clone” differ between systems. A failure with another cause recurs in whatever is tried
    // next.
    await rm(to, { force: true });
    return false;
  }
}

/**
 * Copies a file byte by byte, and flushes it to the disk. A copy that fails or is cancelled is removed.
 * @param to an unused path.
 * @throws ModelError `cancelled`, or `store-error` if the source cannot be read; the file system's error as it is if the
 * copy cannot be written.
 */
export async function copyBytes(
  from: string,
  to: string,
  { signal, onProgress }: CopyOptions,
): Promise<void> {
  const source = await guarded('read-foreign', from, () => open(from, 'r'));
  try {
    const target = await open(to, 'wx', 0o644);
    try {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      for (let position = 0; ; ) {
        throwIfCancelled(signal);
        const { bytesRead } = await guarded('read-foreign', from, () =>
          source.read(buffer, 0, buffer.length, position),
        );
        if (bytesRead === 0) break;
        await target.writeFile(buffer.subarray(0, bytesRead));
        position += bytesRead;
        onProgress?.(position);
      }
      await syncFile(target, to);
    } catch (error) {
      await target.close();
      await rm(to, { force: true });
      throw error;
    }
    await target.close();
  } finally {
    await source.close();
  }
}
