/** Whether a download has room on the disk. */
import { statfs } from 'node:fs/promises';
import { ModelError } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';

/** Bytes that this user may still write on the disk of `path`. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** Bytes that are left free: other programs write as well, and a disk without any room makes them fail. */
const MARGIN = 128 * 1024 * 1024;

/**
 * @param needed bytes that are still to be written; nothing is asked for where it is 0.
 * @param free bytes; see {@link freeBytes}.
 * @throws ModelError `disk-full` with both figures.
 */
export function requireSpace(needed: number, free: number, folder: string): void {
  if (needed === 0 || needed + MARGIN <= free) return;
  const message = `The disk has not enough room: ${formatBytes(needed)} are still to be downloaded, and ${formatBytes(free)} are free in ${folder}. Free some space, or keep models in another folder.`;
  throw new ModelError('disk-full', message);
}
