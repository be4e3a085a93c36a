/** Solar Open: messages of a thought, a text or calls, each call with marks before its name and its arguments. */
import { markedCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

const calls = markedCalls({
  begin: '<|tool_call:begin|>',
  name: '<|tool_call:name|>',
  arguments: '<|tool_call:args|>',
  end: ['<|tool_call:end|>'],
});

export const solar: Family = {
  name: 'solar',
  marks: [
    { kind: 'thought', open: '<|think|>', close: ['<|end|>'] },
    { kind: 'call', open: '<|tool_calls|>', close: ['<|calls|>', '<|end|>'], read: [calls] },
    { kind: 'call', open: '<|tool_call:begin|>', close: ['<|tool_call:end|>'], read: [calls] },
    { kind: 'stray', open: '<|begin|>assistant' },
    { kind: 'stray', open: '<|content|>' },
    { kind: 'stray', open: '<|flush|>' },
    { kind: 'stray', open: '<|calls|>' },
  ],
};
