/** Qwen 2 and 2.5 as Qwen-Agent asks them: a name and its arguments behind words between flowers. */
import { namedJson } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const qwenAgent: Family = {
  name: 'qwen-agent',
  marks: [
    {
      kind: 'call',
      open: '✿FUNCTION✿:',
      close: ['✿RESULT✿', '✿RETURN✿', '✿FUNCTION✿:'],
      read: [namedJson(/\s*✿ARGS✿:\s*/)],
    },
    { kind: 'stray', open: '✿RESULT✿', ofCalls: true },
    { kind: 'stray', open: '✿RETURN✿', ofCalls: true },
  ],
};
