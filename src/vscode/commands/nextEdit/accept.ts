/** “Accept Next Edit”: moves to it if it is off the screen, else makes it. */
import { defineCommand } from '../defineCommand.ts';
import { NEXT_EDIT, NEXT_EDIT_KEYS } from '../when.ts';

export const acceptNextEdit = defineCommand({
  id: 'ociModels.nextEdit.accept',
  title: 'Accept Next Edit',
  palette: `${NEXT_EDIT} && !activeEditorIsReadonly`,
  keybinding: { key: 'tab', when: NEXT_EDIT_KEYS },
  run: async ({ nextEdits }) => nextEdits.accept(),
});
