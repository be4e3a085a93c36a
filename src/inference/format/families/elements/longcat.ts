/** LongCat: JSON, or keys and values, between marks with its name. */
import { jsonCalls } from '../../callBodies.ts';
import { argumentElements } from '../../elements.ts';
import type { Family } from '../../outputFamily.ts';

export const longcat: Family = {
  name: 'longcat',
  marks: [
    { kind: 'thought', open: '<longcat_think>', close: ['</longcat_think>'] },
    {
      kind: 'call',
      open: '<longcat_tool_call>',
      close: ['</longcat_tool_call>'],
      read: [jsonCalls, argumentElements],
    },
  ],
};
