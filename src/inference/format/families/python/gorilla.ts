/** Gorilla's OpenFunctions: calls as Python writes them, behind a mark each. */
import { pythonCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const gorilla: Family = {
  name: 'gorilla',
  marks: [{ kind: 'call', open: '<<function>>', close: ['<<function>>'], read: [pythonCalls] }],
};
