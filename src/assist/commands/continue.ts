/** `/continue`: goes on with an answer that a limit cut off. */
import type { ActCommand } from './slashCommand.ts';

export const continueAnswer: ActCommand = {
  kind: 'act',
  name: 'continue',
  description: 'Continue the last answer, if it was cut off',
};
