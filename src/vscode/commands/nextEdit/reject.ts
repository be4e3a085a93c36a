/** “Reject Next Edit”: takes it away and does not show it again. */
import { defineCommand } from '../defineCommand.ts';
import { NEXT_EDIT, NEXT_EDIT_GHOST_KEYS, NEXT_EDIT_KEYS } from '../when.ts';

export const rejectNextEdit = defineCommand({
  id: 'ociModels.nextEdit.reject',
  title: 'Reject Next Edit',
  palette: NEXT_EDIT,
  keybinding: [
    { key: 'escape', when: NEXT_EDIT_KEYS },
    { key: 'escape', when: NEXT_EDIT_GHOST_KEYS },
  ],
  run: async ({ nextEdits }) => nextEdits.reject(),
});
