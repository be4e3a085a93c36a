/** LFM 2: Python between marks. */
import { jsonCalls, pythonCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const lfm: Family = {
  name: 'lfm',
  marks: [
    { kind: 'thought', open: '<think>', close: ['</think>'] },
    {
      kind: 'call',
      open: '<|tool_call_start|>',
      close: ['<|tool_call_end|>'],
      read: [pythonCalls, jsonCalls],
    },
  ],
};
