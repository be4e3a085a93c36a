/** Gemma 3 (Python in a fence), Gemma 4 and FunctionGemma (marks with quotes of their own). */
import { callColon } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const gemma: Family = {
  name: 'gemma',
  marks: [
    { kind: 'thought', open: '<|channel>thought\n', close: ['<channel|>'] },
    { kind: 'thought', open: '<|channel>thought', close: ['<channel|>'] },
    { kind: 'call', open: '<|tool_call>', close: ['<tool_call|>'], read: [callColon('<|"|>')] },
    {
      kind: 'call',
      open: '<start_function_call>',
      close: ['<end_function_call>'],
      read: [callColon('<escape>')],
    },
    { kind: 'stray', open: '<start_function_response>' },
    { kind: 'stray', open: '<|tool_response>' },
    { kind: 'stray', open: '<end_of_turn>' },
    { kind: 'stray', open: '<turn|>' },
  ],
};
