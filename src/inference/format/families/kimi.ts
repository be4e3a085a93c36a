/** Kimi K2: a section with calls whose ids begin with the name. */

import { readLoose } from '../loose.ts';
import type { BodyReader, Family, RawCall } from '../outputFamily.ts';

const kimiCalls: BodyReader = (body, isEnd) => {
  const calls: RawCall[] = [];
  for (const block of body.split('<|tool_call_begin|>')) {
    const [id = '', ...rest] = block
      .replace(/<\|tool_call_end\|>[\s\S]*$/, '')
      .split('<|tool_call_argument_begin|>');
    if (id.trim() === '') continue;
    const found = readLoose(rest.join(''))?.value ?? {};
    if (rest.length === 0 && !isEnd) return undefined;
    const name = id.trim().replace(/:\d+$/, '');
    calls.push({ name, arguments: found as Record<string, unknown> });
  }
  return calls.length > 0 ? calls : undefined;
};

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
    { kind: 'call', open: '<|tool_call_begin|>', close: ['<|tool_call_end|>'], read: [kimiCalls] },
    { kind: 'stray', open: '<|tool_calls_section_end|>', ofCalls: true },
  ],
};
