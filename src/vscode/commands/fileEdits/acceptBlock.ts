/** “Accept Block”: makes the change at the cursor; the others stay proposed. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { FILES_PENDING, FILES_SHOWN, IN_FILES_DIFF } from '../when.ts';

export const acceptBlockOfFileEdits = defineCommand({
  id: 'ociModels.fileEdits.acceptBlock',
  title: 'Accept Block of Edits of Files',
  icon: 'check-all',
  menus: { 'editor/title': [{ group: 'navigation@-5', when: FILES_SHOWN }] },
  keybinding: { key: 'alt+enter', when: IN_FILES_DIFF },
  palette: FILES_PENDING,
  run: ({ fileEdits }: CommandServices) => fileEdits.acceptBlock(),
});
