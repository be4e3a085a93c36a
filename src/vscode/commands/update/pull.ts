/** “Update”: pulls the newer version of a row's model. The old one stays until the new one is verified. */
import { defineCommand } from '../defineCommand.ts';
import { pullModel } from '../model/pull.ts';
import { IN_LOCAL, rowHas } from '../when.ts';

export const pullUpdate = defineCommand({
  id: 'ociModels.update.pull',
  title: 'Update',
  icon: 'cloud-download',
  when: `${IN_LOCAL} && ${rowHas('updatable')}`,
  menus: { 'view/item/context': ['inline@1', '1_run@1'] },
  palette: false,
  run: pullModel.run,
});
