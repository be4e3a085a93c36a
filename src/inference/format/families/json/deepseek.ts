/** DeepSeek V3 to V4, R1, Cogito and Step 3: marks of their own around names and JSON, or around elements. */
import { namedJson } from '../../callBodies.ts';
import { invokeElements } from '../../elements.ts';
import type { BodyReader, CallMark, Family, RawCall } from '../../outputFamily.ts';

const BEGIN = '<｜tool▁call▁begin｜>';
const SEPARATOR = '<｜tool▁sep｜>';
const named = namedJson(/<｜tool▁sep｜>/);
const lines = namedJson(/\n/);

/** `f<｜tool▁sep｜>{…}` of V3.1; behind `function<｜tool▁sep｜>`, `f` with a fence of R1 and V3, or elements of Step 3. */
function blockCalls(block: string, isEnd: boolean): readonly RawCall[] | undefined {
  const [type = '', ...more] = block.split(SEPARATOR);
  if (type.trim() !== 'function') return named(block, isEnd);
  const typed = more.join(SEPARATOR);
  return typed.trimStart().startsWith('<') ? invokeElements(typed, isEnd) : lines(typed, isEnd);
}

const deepseekCalls: BodyReader = (body, isEnd) => {
  const calls: RawCall[] = [];
  for (const block of body.split(BEGIN)) {
    const inner = block.replace(/(?:<｜tool▁calls?▁end｜>\s*)+$/, '');
    if (inner.trim() === '') continue;
    const found = blockCalls(inner, isEnd);
    if (found === undefined) return undefined;
    calls.push(...found);
  }
  return calls.length > 0 ? calls : undefined;
};

/** Step 3, and small models that were made of R1, write a line where the others have a block. */
const lined: BodyReader = (body, isEnd) =>
  deepseekCalls(
    body.replace(/<｜tool_(?:(calls?)_(begin|end)|sep)｜>/g, (mark) => mark.replaceAll('_', '▁')),
    isEnd,
  );

function marks(line: string, read: readonly BodyReader[]): readonly CallMark[] {
  const mark = (name: string): string => `<｜${name.replaceAll('_', line)}｜>`;
  const close = [mark('tool_calls_end')];
  return [
    { kind: 'call', open: mark('tool_calls_begin'), close, read },
    { kind: 'call', open: mark('tool_call_begin'), close: [...close, mark('tool_call_end')], read },
  ];
}

export const deepseek: Family = {
  name: 'deepseek',
  marks: [
    { kind: 'thought', open: '<think>', close: ['</think>'] },
    ...marks('▁', [deepseekCalls]),
    ...marks('_', [lined]),
    {
      kind: 'call',
      open: '<｜DSML｜function_calls>',
      close: ['</｜DSML｜function_calls>'],
      read: [invokeElements],
    },
    { kind: 'call', open: '<｜DSML｜tool_calls>', close: ['</｜DSML｜tool_calls>'], read: [invokeElements] },
    { kind: 'stray', open: '<｜tool▁calls▁end｜>', ofCalls: true },
    { kind: 'stray', open: '<｜tool_calls_end｜>', ofCalls: true },
    { kind: 'stray', open: '<｜end▁of▁sentence｜>' },
    { kind: 'stray', open: '<｜Assistant｜>' },
  ],
};
