/** Kimi K2: a section with calls whose ids begin with the name. */

import { markedCalls } from '../../callBodies.ts';
import type { BodyReader, Family } from '../../outputFamily.ts';

const marked = markedCalls({
  begin: '<|tool_call_begin|>',
  arguments: '<|tool_call_argument_begin|>',
  end: ['<|tool_call_end|>'],
});

/** `functions.f:0` is the id of the first call. */
const kimiCalls: BodyReader = (body, isEnd) =>
  marked(body, isEnd)?.map((call) => ({ ...call, name: call.name.replace(/:\d+$/, '') }));

export const kimi: Family = {
  name: 'kimi',
  marks: [
    { kind: 'thought', open: '◁think▷', close: ['◁/think▷'] },
    {
      kind: 'call',
      open: '<|tool_calls_section_begin|>',
      close: ['<|tool_calls_section_end|>'],
      read: [kimiCalls],
    },
    {
      kind: 'call',
      open: '<|tool_call_section_begin|>',
      close: ['<|tool_call_section_end|>', '<|tool_calls_section_end|>'],
      read: [kimiCalls],
    },
    { kind: 'call', open: '<|tool_call_begin|>', close: ['<|tool_call_end|>'], read: [kimiCalls] },
    { kind: 'stray', open: '<|tool_calls_section_end|>', ofCalls: true },
  ],
};
