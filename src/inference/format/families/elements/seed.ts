/** Seed-OSS and Seed-Coder: elements in a namespace of their own. */
import { functionElements } from '../../elements.ts';
import type { Family } from '../../outputFamily.ts';

export const seed: Family = {
  name: 'seed',
  marks: [
    { kind: 'thought', open: '<seed:think>', close: ['</seed:think>'] },
    { kind: 'call', open: '<seed:tool_call>', close: ['</seed:tool_call>'], read: [functionElements] },
  ],
};
