/** Apertus: a list of objects whose only key is the name, and thoughts with marks of their own. */
import { jsonCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const apertus: Family = {
  name: 'apertus',
  marks: [
    { kind: 'thought', open: '<|inner_prefix|>', close: ['<|inner_suffix|>'] },
    { kind: 'call', open: '<|tools_prefix|>', close: ['<|tools_suffix|>'], read: [jsonCalls] },
    { kind: 'stray', open: '<|assistant_start|>' },
    { kind: 'stray', open: '<|assistant_end|>' },
  ],
};
