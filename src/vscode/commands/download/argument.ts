/** Finds the unfinished download that a command refers to, from the row it was started on. */
import type { Download } from '../../../library/index.ts';
import type { Session } from '../../../session/index.ts';
import { property } from '../property.ts';

/**
 * Returns the current state of the download, or undefined if `argument` is not a download or it is finished or gone.
 */
export async function downloadOf(models: Session, argument: unknown): Promise<Download | undefined> {
  const id = property(property(argument, 'download'), 'id') ?? argument;
  return (await models.downloads()).find((download) => download.id === id);
}
