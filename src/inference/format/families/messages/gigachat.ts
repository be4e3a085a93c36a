/** GigaChat 3: a message of its own for a call, or a mark before it; 3.5 writes elements. */
import { jsonCalls } from '../../callBodies.ts';
import { invokeElements } from '../../elements.ts';
import type { Family } from '../../outputFamily.ts';

const CLOSE = ['<|message_sep|>', '</s>'];

export const gigachat: Family = {
  name: 'gigachat',
  marks: [
    { kind: 'call', open: '<|function_call|>', close: CLOSE, read: [jsonCalls] },
    { kind: 'call', open: '<|message_sep|>\n\nfunction call<|role_sep|>', close: CLOSE, read: [jsonCalls] },
    { kind: 'call', open: '<｜GCML｜tool_calls>', close: ['</｜GCML｜tool_calls>'], read: [invokeElements] },
    { kind: 'stray', open: '<|message_sep|>' },
  ],
};
