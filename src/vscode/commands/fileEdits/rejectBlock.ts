/** “Reject Block”: leaves the change at the cursor out. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { FILES_PENDING, FILES_SHOWN, IN_FILES_DIFF } from '../when.ts';

export const rejectBlockOfFileEdits = defineCommand({
  id: 'ociModels.fileEdits.rejectBlock',
  title: 'Reject Block of Edits of Files',
  icon: 'remove',
  menus: { 'editor/title': [{ group: 'navigation@-4', when: FILES_SHOWN }] },
  keybinding: { key: 'alt+backspace', when: IN_FILES_DIFF },
  palette: FILES_PENDING,
  run: ({ fileEdits }: CommandServices) => fileEdits.rejectBlock(),
});
