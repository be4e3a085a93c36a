/** “Document with Local Model”: asks `@local /doc` about the selected code, or the code at the cursor. */

import { askLocal } from '../chat/include.ts';
import { defineCommand } from '../defineCommand.ts';
import { CAN_ANSWER } from '../when.ts';

export const documentCode = defineCommand({
  id: 'ociModels.code.doc',
  title: 'Document with Local Model',
  menus: { 'ociModels.editorContext': ['1_ask@3'] },
  enablement: 'editorIsOpen',
  palette: CAN_ANSWER,
  run: async () => askLocal('', 'doc'),
});
