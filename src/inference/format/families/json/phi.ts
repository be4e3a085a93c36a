/** Phi 4 mini and FireFunction: a list behind the word `functools`. */
import { jsonCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const phi: Family = {
  name: 'phi',
  marks: [{ kind: 'call', open: 'functools', close: [], read: [jsonCalls] }],
};
