/** “Remove from Queue”: takes a model that waits for other downloads out of their line. What is kept of it stays. */
import { t } from '../../../base/l10n.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL, rowHas, WAITING_PULLS } from '../when.ts';
import { waitingOf } from './argument.ts';

export const leaveQueue = defineCommand({
  id: 'ociModels.download.leave',
  title: 'Remove from Queue',
  icon: 'close',
  when: `${IN_LOCAL} && ${rowHas('waiting')}`,
  menus: { 'view/item/context': ['inline@2', '1_run@2'] },
  palette: `${WAITING_PULLS} > 0`,
  run,
});

async function run({ pullQueue }: CommandServices, argument: unknown): Promise<void> {
  const reference = await waitingOf(pullQueue, argument, t('Remove from Queue'));
  if (reference !== undefined) pullQueue.leave(reference);
}
