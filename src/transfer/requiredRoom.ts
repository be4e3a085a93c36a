/** Whether a download has room on the disk. */
import { DISK_MARGIN_BYTES } from '../base/diskSpace.ts';
import { ModelError } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';

/**
 * @param needed bytes that are still to be written; nothing is asked for where it is 0.
 * @param free bytes; see `freeBytes`.
 * @throws ModelError `disk-full` with both figures.
 */
export function requireSpace(needed: number, free: number, folder: string): void {
  if (needed === 0 || needed + DISK_MARGIN_BYTES <= free) return;
  const message = `The disk has not enough room: ${formatBytes(needed)} are still to be downloaded, ${formatBytes(DISK_MARGIN_BYTES)} are left free for other programs, and ${formatBytes(free)} are free in ${folder}. Free some space, or keep models in another folder with the setting ociModels.storePath.`;
  throw new ModelError('disk-full', message);
}
