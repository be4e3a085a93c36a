/** Which unfinished download a command is about: that of the row it was started on. */
import type { Download } from '../../../library/index.ts';
import type { Session } from '../../../session/index.ts';
import { property } from '../property.ts';

/** As it is now; undefined where `argument` is no row of one, or it is finished or gone. */
export async function downloadOf(models: Session, argument: unknown): Promise<Download | undefined> {
  const id = property(property(argument, 'download'), 'id') ?? argument;
  return (await models.downloads()).find((download) => download.id === id);
}
