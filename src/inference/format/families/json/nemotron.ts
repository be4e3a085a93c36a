/** Nemotron, Jamba, Apriel, MiniMax M1, InternLM: lists between marks that each of them names otherwise. */
import { jsonCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const nemotron: Family = {
  name: 'nemotron',
  marks: [
    { kind: 'call', open: '<TOOLCALL>', close: ['</TOOLCALL>'], read: [jsonCalls] },
    { kind: 'call', open: '<tool_calls>', close: ['</tool_calls>'], read: [jsonCalls] },
    {
      kind: 'call',
      open: '<|action_start|><|plugin|>',
      close: ['<|action_end|>'],
      read: [jsonCalls],
    },
    {
      kind: 'call',
      open: '<|action_start|> <|plugin|>',
      close: ['<|action_end|>'],
      read: [jsonCalls],
    },
  ],
};
