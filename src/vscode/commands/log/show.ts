/** “Show Log”: opens the output channel of this extension. */
import { defineCommand } from '../defineCommand.ts';

export const showLog = defineCommand({
  id: 'ociModels.log.show',
  title: 'Show Log',
  run: async ({ output }) => output.show(),
});
