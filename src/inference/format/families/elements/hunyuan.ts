/** Hunyuan: calls in a list of calls, as a name with a fence or with keys and values; the text between `<answer>` marks. */
import { namedJson } from '../../callBodies.ts';
import { argumentElements } from '../../elements.ts';
import type { BodyReader, Family, RawCall } from '../../outputFamily.ts';

const INNER = /\s*<tool_call(:\w{1,20})?>([\s\S]*?)(?:<\/tool_call\1>\s*|(?=<tool_call)|$)/y;
const named = namedJson(/\n|(?=\{)/);

const calls: BodyReader = (body, isEnd) => {
  const found: RawCall[] = [];
  INNER.lastIndex = 0;
  while (INNER.lastIndex < body.length) {
    const inner = INNER.exec(body)?.[2]?.trim();
    if (inner === undefined) return undefined;
    const at = INNER.lastIndex;
    const more = argumentElements(inner, isEnd) ?? named(inner, isEnd);
    if (more === undefined) return undefined;
    found.push(...more);
    INNER.lastIndex = at;
  }
  return found.length > 0 ? found : undefined;
};

export const hunyuan: Family = {
  name: 'hunyuan',
  marks: [
    { kind: 'thought', open: '<think>', close: ['</think>'] },
    { kind: 'thought', open: '<think:opensource>', close: ['</think:opensource>'] },
    { kind: 'wrapper', open: '<answer>', close: ['</answer>'] },
    { kind: 'call', open: '<tool_calls>', close: ['</tool_calls>'], read: [calls] },
    { kind: 'call', open: '<tool_call>', close: ['</tool_call>'], read: [named] },
    { kind: 'call', open: '<tool_calls:opensource>', close: ['</tool_calls:opensource>'], read: [calls] },
  ],
};
