/** “Accept”: changes the files as the model proposed. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { FILES_PENDING, FILES_SHOWN, IN_FILES_DIFF } from '../when.ts';

export const acceptFileEdits = defineCommand({
  id: 'ociModels.fileEdits.accept',
  title: 'Accept Edits of Files',
  icon: 'check',
  menus: { 'editor/title': [{ group: 'navigation@-3', when: FILES_SHOWN }] },
  keybinding: { key: 'ctrl+enter', mac: 'cmd+enter', when: IN_FILES_DIFF },
  palette: FILES_PENDING,
  run: ({ fileEdits }: CommandServices) => fileEdits.accept(),
});
