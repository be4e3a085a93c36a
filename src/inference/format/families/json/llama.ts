/** Llama 3.1 to 4: bare JSON or Python, `<|python_tag|>` before it, or `<function=f>{…}</function>`. */
import { jsonCalls, pythonCalls } from '../../callBodies.ts';
import { functionBody } from '../../elements.ts';
import type { Family } from '../../outputFamily.ts';

export const llama: Family = {
  name: 'llama',
  marks: [
    {
      kind: 'call',
      open: '<|python_tag|>',
      close: ['<|eom_id|>', '<|eot_id|>'],
      read: [jsonCalls, pythonCalls],
    },
    {
      kind: 'call',
      open: '<|python_start|>',
      close: ['<|python_end|>'],
      read: [jsonCalls, pythonCalls],
    },
    {
      kind: 'call',
      open: '<function=',
      close: ['</function>'],
      read: [functionBody],
    },
    { kind: 'stray', open: '<|eom_id|>' },
    { kind: 'stray', open: '<|eot_id|>' },
    { kind: 'stray', open: '<|eot|>' },
  ],
};
