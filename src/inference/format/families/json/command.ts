/** Command R, R7B and A: a plan, actions as a list, and marks around the text. The first Command R has a fence. */
import { jsonCalls } from '../../callBodies.ts';
import type { Family } from '../../outputFamily.ts';

export const command: Family = {
  name: 'command',
  marks: [
    { kind: 'thought', open: '<|START_THINKING|>', close: ['<|END_THINKING|>'] },
    { kind: 'call', open: '<|START_ACTION|>', close: ['<|END_ACTION|>'], read: [jsonCalls] },
    { kind: 'call', open: 'Action: ```json', close: ['```'], read: [jsonCalls] },
    { kind: 'call', open: 'Action:```json', close: ['```'], read: [jsonCalls] },
    { kind: 'stray', open: '<|START_TEXT|>' },
    { kind: 'stray', open: '<|END_TEXT|>' },
    { kind: 'stray', open: '<|START_RESPONSE|>' },
    { kind: 'stray', open: '<|END_RESPONSE|>' },
    { kind: 'stray', open: '<|END_OF_TURN_TOKEN|>' },
  ],
};
