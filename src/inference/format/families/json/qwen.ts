/** Qwen 2.5 and 3, Hermes, SmolLM 3, EXAONE 4, Falcon H1, Granite 4: JSON between `<tool_call>` marks. */
import { jsonCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const qwen: Family = {
  name: 'qwen',
  marks: [
    { kind: 'thought', open: '<think>', close: ['</think>'] },
    { kind: 'call', open: '<tool_call>', close: ['</tool_call>'], read: [jsonCalls] },
  ],
};
