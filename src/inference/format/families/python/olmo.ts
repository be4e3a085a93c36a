/** OLMo 3 (Python) and Claude-like models (elements) between `<function_calls>` marks. */
import { pythonCalls } from '../../callBodies.ts';
import { invokeElements } from '../../elements.ts';
import type { Family } from '../../outputFamily.ts';

export const olmo: Family = {
  name: 'olmo',
  marks: [
    { kind: 'thought', open: '<think>', close: ['</think>'] },
    {
      kind: 'call',
      open: '<function_calls>',
      close: ['</function_calls>'],
      read: [invokeElements, pythonCalls],
    },
  ],
};
