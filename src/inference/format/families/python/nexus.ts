/** NexusRaven: `Call:` and a call as Python writes it, and perhaps a thought behind it. */
import { pythonCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const nexus: Family = {
  name: 'nexus',
  isByName: true,
  marks: [
    { kind: 'call', open: 'Call:', close: ['Call:', '<bot_end>', 'Thought:'], read: [pythonCalls] },
    { kind: 'stray', open: '<bot_end>' },
  ],
};
