/** “Pause Download”: stops a download of this window. Everything that came is kept, and Resume continues there. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL, rowHas } from '../when.ts';
import { downloadOf } from './argument.ts';

export const pauseDownload = defineCommand({
  id: 'ociModels.download.pause',
  title: 'Pause Download',
  icon: 'debug-pause',
  when: `${IN_LOCAL} && ${rowHas('pausable')}`,
  menus: { 'view/item/context': ['inline@1', '1_run@1'] },
  palette: false,
  run,
});

async function run({ models, pulls }: CommandServices, argument: unknown): Promise<void> {
  const reference = (await downloadOf(models, argument))?.reference;
  if (reference !== undefined) pulls.pause(reference);
}
