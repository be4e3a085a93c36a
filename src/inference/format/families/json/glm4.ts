/** GLM 4 before 4.5: the name of a tool on a line of its own, and its arguments below it. */
import { namedJson } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';
import { glm } from '../elements/glm.ts';

const named = namedJson(/\n/);

export const glm4: Family = {
  name: glm.name,
  isByName: true,
  templateSign: '[gMASK]<sop>',
  marks: [],
  ofTool: (name) => [
    {
      kind: 'call',
      open: `${name}\n`,
      // Names are words: “research” ends with one.
      startsLine: true,
      close: ['<|observation|>', '<|user|>'],
      read: [(body, isEnd) => named(`${name}\n${body}`, isEnd)],
    },
  ],
};
