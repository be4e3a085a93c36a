/** “Accept File”: makes the changes of the file with the cursor; those of the others stay proposed. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { FILES_PENDING, FILES_SHOWN } from '../when.ts';

export const acceptFileOfFileEdits = defineCommand({
  id: 'ociModels.fileEdits.acceptFile',
  title: 'Accept Edits of One File',
  icon: 'check',
  menus: { 'editor/title': [{ group: '1_file@1', when: FILES_SHOWN }] },
  palette: FILES_PENDING,
  run: ({ fileEdits }: CommandServices) => fileEdits.acceptFile(),
});
