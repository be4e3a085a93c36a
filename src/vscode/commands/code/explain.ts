/** “Explain with Local Model”: asks `@local /explain` about the selected code, or the code at the cursor. */

import { askLocal } from '../chat/include.ts';
import { defineCommand } from '../defineCommand.ts';
import { CAN_ANSWER } from '../when.ts';

export const explainCode = defineCommand({
  id: 'ociModels.code.explain',
  title: 'Explain with Local Model',
  menus: { 'ociModels.editorContext': ['1_ask@1'] },
  enablement: 'editorIsOpen',
  palette: CAN_ANSWER,
  run: async () => askLocal('', 'explain'),
});
