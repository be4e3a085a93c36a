/** “Fix with Local Model”: asks `@local /fix` about the selected code, or the code at the cursor. */

import { askLocal } from '../chat/include.ts';
import { defineCommand } from '../defineCommand.ts';
import { CAN_ANSWER } from '../when.ts';

export const fixCode = defineCommand({
  id: 'ociModels.code.fix',
  title: 'Fix with Local Model',
  menus: { 'ociModels.editorContext': ['1_ask@2'] },
  enablement: 'editorIsOpen',
  palette: CAN_ANSWER,
  run: async () => askLocal('', 'fix'),
});
