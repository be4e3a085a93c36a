/** Follows the ghost text of a next edit that the user took: takes away the lines that it replaces. */
import { defineCommand } from '../defineCommand.ts';

export const finishNextEdit = defineCommand({
  id: 'ociModels.nextEdit.finish',
  title: 'Finish Next Edit',
  palette: false,
  run: async ({ nextEdits }) => nextEdits.finish(),
});
