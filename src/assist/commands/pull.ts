/** `/pull`: pulls a model from a registry. */
import type { ActCommand } from './slashCommand.ts';

export const pull: ActCommand = {
  kind: 'act',
  name: 'pull',
  description: 'Pull a model from a registry, such as smollm2:135M-Q4_0',
};
