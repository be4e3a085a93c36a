/** MiniMax M2, and Anthropic-like namespaces: elements named invoke. */
import { invokeElements } from '../../elements.ts';
import type { Family } from '../../outputFamily.ts';

export const minimax: Family = {
  name: 'minimax',
  marks: [
    { kind: 'stray', open: '[e~[' },
    { kind: 'thought', open: '<think>', close: ['</think>'] },
    { kind: 'call', open: '<minimax:tool_call>', close: ['</minimax:tool_call>'], read: [invokeElements] },
    {
      kind: 'call',
      open: '<atem:function_calls>',
      close: ['</atem:function_calls>'],
      read: [invokeElements],
    },
    {
      kind: 'call',
      open: '<invoke name=',
      close: ['</invoke>'],
      read: [(body, isEnd) => invokeElements(`<invoke name=${body}</invoke>`, isEnd)],
    },
  ],
};
