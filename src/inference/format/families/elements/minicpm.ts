/** MiniCPM 4 (thoughts of its own; calls as LFM) and 5 (elements named function). */
import { invokeElements } from '../../elements.ts';
import type { Family } from '../../outputFamily.ts';

export const minicpm: Family = {
  name: 'minicpm',
  marks: [
    { kind: 'thought', open: '<|thought_start|>', close: ['<|thought_end|>'] },
    {
      kind: 'call',
      open: '<function name=',
      close: ['</function>'],
      read: [(body, isEnd) => invokeElements(`<function name=${body}${isEnd ? '' : '</function>'}`, isEnd)],
    },
  ],
};
