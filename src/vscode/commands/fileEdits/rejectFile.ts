/** “Reject File”: leaves the changes of the file with the cursor out. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { FILES_PENDING, FILES_SHOWN } from '../when.ts';

export const rejectFileOfFileEdits = defineCommand({
  id: 'ociModels.fileEdits.rejectFile',
  title: 'Reject Edits of One File',
  icon: 'remove',
  menus: { 'editor/title': [{ group: '1_file@2', when: FILES_SHOWN }] },
  palette: FILES_PENDING,
  run: ({ fileEdits }: CommandServices) => fileEdits.rejectFile(),
});
