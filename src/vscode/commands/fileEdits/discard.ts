/** “Discard”: ends the changes of files that the model proposed. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { FILES_PENDING, FILES_SHOWN } from '../when.ts';

export const discardFileEdits = defineCommand({
  id: 'ociModels.fileEdits.discard',
  title: 'Discard Edits of Files',
  icon: 'discard',
  menus: { 'editor/title': [{ group: 'navigation@-2', when: FILES_SHOWN }] },
  palette: FILES_PENDING,
  run: ({ fileEdits }: CommandServices) => fileEdits.discard(),
});
