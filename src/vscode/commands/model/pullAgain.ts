/** “Pull Again”: brings the content of a damaged model back. */
import { defineCommand } from '../defineCommand.ts';
import { ON_DAMAGED_MODEL } from '../when.ts';
import { pullModel } from './pull.ts';

export const pullModelAgain = defineCommand({
  id: 'ociModels.model.pullAgain',
  title: 'Pull Again',
  icon: 'cloud-download',
  when: ON_DAMAGED_MODEL,
  menus: { 'view/item/context': ['inline@1', '1_run@1'] },
  palette: false,
  run: pullModel.run,
});
