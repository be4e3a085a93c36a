/** Checks that the disk has space for a download. */
import { DISK_MARGIN_BYTES } from '../base/diskSpace.ts';
import { ModelError } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';
import { t } from '../base/l10n.ts';

/**
 * @param needed bytes that have yet to be written; 0 always passes.
 * @param free bytes; see `freeBytes`.
 * @throws ModelError `disk-full` with both figures.
 */
export function requireSpace(needed: number, free: number, folder: string): void {
  if (needed === 0 || needed + DISK_MARGIN_BYTES <= free) return;
  const message = t(
    'Not enough disk space in {0}: the download needs {1} plus a reserve of {2}, and {3} is free. Free some space, or keep models in another folder with the setting ociModels.storePath.',
    folder,
    formatBytes(needed),
    formatBytes(DISK_MARGIN_BYTES),
    formatBytes(free),
  );
  throw new ModelError('disk-full', message);
}
