/** “Turn Code Completions Off”: in all windows, until they are turned on again. */
import { defineCommand } from '../defineCommand.ts';
import { COMPLETIONS } from '../when.ts';

export const turnCompletionsOff = defineCommand({
  id: 'ociModels.completion.turnOff',
  title: 'Turn Code Completions Off',
  palette: COMPLETIONS,
  run: async ({ models }) => models.turn('completion', false),
});
