/** Free space on a disk. */
import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';

/** Returns the bytes that this user can still write to the disk that holds `path`. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** The synchronous {@link freeBytes}; it takes microseconds on a local disk. */
export function freeBytesNow(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** Bytes to leave free. Other programs write too, and they fail on a full disk. */
export const DISK_MARGIN_BYTES = 128 * 1024 * 1024;
