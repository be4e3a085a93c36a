/** “Write Tests with Local Model”: asks `@local /tests` about the selected code, or the code at the cursor. */

import { askLocal } from '../chat/include.ts';
import { defineCommand } from '../defineCommand.ts';
import { CAN_ANSWER } from '../when.ts';

export const testCode = defineCommand({
  id: 'ociModels.code.tests',
  title: 'Write Tests with Local Model',
  menus: { 'ociModels.editorContext': ['1_ask@4'] },
  enablement: 'editorIsOpen',
  palette: CAN_ANSWER,
  run: async () => askLocal('', 'tests'),
});
