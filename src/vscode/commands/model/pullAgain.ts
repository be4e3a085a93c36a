/** “Pull Again”: restores the content of a damaged model. */
import { defineCommand } from '../defineCommand.ts';
import { IN_LOCAL, rowHas } from '../when.ts';
import { pullModel } from './pull.ts';

export const pullModelAgain = defineCommand({
  id: 'ociModels.model.pullAgain',
  title: 'Pull Again',
  icon: 'cloud-download',
  when: `${IN_LOCAL} && ${rowHas('damaged')}`,
  menus: { 'view/item/context': ['inline@1', '1_run@1'] },
  palette: false,
  run: pullModel.run,
});
