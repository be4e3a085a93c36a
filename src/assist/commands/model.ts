/** `/model`: chooses the model that answers. */
import type { ActCommand } from './slashCommand.ts';

export const model: ActCommand = {
  kind: 'act',
  name: 'model',
  description: 'Choose the model that answers',
};
