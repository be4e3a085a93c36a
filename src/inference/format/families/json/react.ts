/** Models that were trained on agents' loops of thoughts and actions: `Action: f` and its arguments behind `Action Input:`. */
import { namedJson } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const react: Family = {
  name: 'react',
  isByName: true,
  marks: [
    {
      kind: 'call',
      open: 'Action:',
      close: ['Action:', 'Observation:', 'Thought:', 'Final Answer:'],
      read: [namedJson(/\s*Action Input:\s*/)],
    },
    { kind: 'stray', open: 'Observation:', ofCalls: true },
  ],
};
