/** Nemotron, Jamba, Hunyuan, InternLM, Apertus: lists between marks that each of them names otherwise. */
import { jsonCalls, namedJson } from '../callBodies.ts';
import type { BodyReader, Family, RawCall } from '../outputFamily.ts';

/** `<tool_call>f\n` with a fence, several of them: Hunyuan. */
const hunyuanCalls: BodyReader = (body, isEnd) => {
  const calls: RawCall[] = [];
  for (const [, inner = ''] of body.matchAll(/<tool_call>([\s\S]*?)(?:<\/tool_call>|$)/g)) {
    const found = namedJson(/\n|(?=\{)/)(inner.trim(), isEnd);
    if (found === undefined) return undefined;
    calls.push(...found);
  }
  return calls.length > 0 ? calls : undefined;
};

export const nemotron: Family = {
  name: 'nemotron',
  marks: [
    { kind: 'call', open: '<TOOLCALL>', close: ['</TOOLCALL>'], read: [jsonCalls] },
    { kind: 'call', open: '<tool_calls>', close: ['</tool_calls>'], read: [jsonCalls, hunyuanCalls] },
    { kind: 'call', open: '<|tools_prefix|>', close: ['<|tools_suffix|>'], read: [jsonCalls] },
    {
      kind: 'call',
      open: '<|action_start|><|plugin|>',
      close: ['<|action_end|>'],
      read: [jsonCalls],
    },
  ],
};
