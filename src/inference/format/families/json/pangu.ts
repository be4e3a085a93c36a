/** openPangu: a list between two tokens without a meaning of their own, and thoughts between two others. */
import { jsonCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const pangu: Family = {
  name: 'pangu',
  marks: [
    { kind: 'thought', open: '[unused16]', close: ['[unused17]'] },
    { kind: 'call', open: '[unused11]', close: ['[unused12]'], read: [jsonCalls] },
    { kind: 'stray', open: '[unused10]' },
  ],
};
