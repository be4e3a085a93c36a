/** Granite 3 (a list up to the end; the text between `<response>` marks, as ERNIE 4.5) and Phi 4 mini (the same with a closing mark). */
import { jsonCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const granite: Family = {
  name: 'granite',
  marks: [
    { kind: 'thought', open: '<think>', close: ['</think>'] },
    {
      kind: 'call',
      open: '<|tool_call|>',
      close: ['<|/tool_call|>', '<|end_of_text|>'],
      read: [jsonCalls],
    },
    { kind: 'wrapper', open: '<response>', close: ['</response>'] },
    { kind: 'stray', open: '<|end_of_text|>' },
  ],
};
