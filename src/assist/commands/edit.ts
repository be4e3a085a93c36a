/** `/edit`: changes the selected lines, as a proposal at the lines. */
import type { ActCommand } from './slashCommand.ts';

export const edit: ActCommand = {
  kind: 'act',
  name: 'edit',
  description: 'Change the selected code as you say; nothing changes before you accept',
};
