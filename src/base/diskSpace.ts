/** Room on a disk. */
import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';

/** Bytes that this user may still write on the disk of `path`. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** {@link freeBytes} at once, which takes microseconds on a disk of this machine. */
export function freeBytesNow(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** Bytes that are left free: other programs write as well, and a disk without any room makes them fail. */
export const DISK_MARGIN_BYTES = 128 * 1024 * 1024;
