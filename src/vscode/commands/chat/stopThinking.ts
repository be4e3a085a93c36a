/** “Stop Thinking”: the model answers with what it has thought so far. */
import { defineCommand } from '../defineCommand.ts';
import { THINKING } from '../when.ts';

export const stopThinking = defineCommand({
  id: 'ociModels.chat.stopThinking',
  title: 'Stop Thinking',
  icon: 'debug-stop',
  palette: THINKING,
  run: async ({ chat }) => chat.thinking.stop(),
});
