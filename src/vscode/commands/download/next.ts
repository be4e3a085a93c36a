/** “Download Next”: lets a model that waits for other downloads be the next one. */
import { t } from '../../../base/l10n.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL, rowHas, WAITING_PULLS } from '../when.ts';
import { waitingOf } from './argument.ts';

export const downloadNext = defineCommand({
  id: 'ociModels.download.next',
  title: 'Download Next',
  icon: 'arrow-up',
  when: `${IN_LOCAL} && ${rowHas('movable')}`,
  menus: { 'view/item/context': ['inline@1', '1_run@1'] },
  // The first one is next already.
  palette: `${WAITING_PULLS} > 1`,
  run,
});

async function run({ pullQueue }: CommandServices, argument: unknown): Promise<void> {
  const reference = await waitingOf(pullQueue, argument, t('Download Next'), 1);
  if (reference !== undefined) pullQueue.moveToFront(reference);
}
