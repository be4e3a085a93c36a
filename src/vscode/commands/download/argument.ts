/** Finds the unfinished or waiting download that a command refers to, from the row it was started on or by asking. */
import { type Localized, t } from '../../../base/l10n.ts';
import type { Download } from '../../../library/index.ts';
import { formatReference, type Reference } from '../../../oci/index.ts';
import type { Session } from '../../../session/index.ts';
import type { PullQueue } from '../../pullQueue.ts';
import { downloadLabel, positionText } from '../../views/local/download.ts';
import { pickOne } from '../../window/notify.ts';
import { referenceOf } from '../model/argument.ts';
import { property } from '../property.ts';

/**
 * Returns the current state of the download, or undefined if `argument` is not a download or it is finished or gone.
 */
export async function downloadOf(models: Session, argument: unknown): Promise<Download | undefined> {
  const id = property(property(argument, 'download'), 'id') ?? argument;
  return (await models.downloads()).find((download) => download.id === id);
}

/**
 * Returns the model in the queue that `argument` names, or that the user picks.
 * @param first the index of the first one that can be picked.
 * @returns undefined if it does not wait any more, or none was picked.
 */
export async function waitingOf(
  queue: Pick<PullQueue, 'waiting' | 'has'>,
  argument: unknown,
  title: Localized,
  first = 0,
): Promise<Reference | undefined> {
  const named = referenceOf(argument);
  if (named !== undefined) return queue.has(named) ? named : undefined;
  const rows = queue.waiting.map((reference, index) => {
    const { label } = downloadLabel({ reference });
    const description = positionText(index + 1);
    return { icon: 'clock', label, description, reference, detail: formatReference(reference) };
  });
  return (await pickOne(rows.slice(first), { title, placeHolder: t('Choose a model') }))?.reference;
}
