/** “Show Disk Use”: opens the page about the space that models take, and what deleting them frees. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL, rowHas } from '../when.ts';

export const showDiskUse = defineCommand({
  id: 'ociModels.disk.show',
  title: 'Show Disk Use',
  icon: 'pie-chart',
  when: `${IN_LOCAL} && ${rowHas('usage')}`,
  menus: { 'view/item/context': ['inline@1', '1_show@1'] },
  run: ({ diskUse }: CommandServices) => diskUse.show(),
});
