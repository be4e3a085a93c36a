/** Functionary 3: `>>>f` and its arguments on the lines behind it; `>>>all` is text. */
import { namedJson } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const functionary: Family = {
  name: 'functionary',
  isByName: true,
  templateSign: '>>>all',
  marks: [
    { kind: 'stray', open: '>>>all\n' },
    { kind: 'call', open: '>>>', close: ['>>>'], read: [namedJson(/\n/)] },
  ],
};
