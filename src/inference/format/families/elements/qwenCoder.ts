/** Qwen 3 Coder, Qwen 3.5, Nemotron 3: elements between `<tool_call>` marks, of which the opening one may be missing. */
import { functionBody, functionElements } from '../../elements.ts';
import type { Family } from '../../outputFamily.ts';

export const qwenCoder: Family = {
  name: 'qwen-coder',
  marks: [
    { kind: 'thought', open: '<think>', close: ['</think>'] },
    { kind: 'call', open: '<tool_call>', close: ['</tool_call>'], read: [functionElements] },
    { kind: 'stray', open: '</tool_call>', ofCalls: true },
    {
      kind: 'call',
      open: '<function=',
      close: ['</tool_call>', '</function>'],
      read: [functionBody],
    },
  ],
};
