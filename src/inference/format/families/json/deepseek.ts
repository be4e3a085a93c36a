/** DeepSeek V3 to V4, R1, Cogito and Step 3: marks of their own around names and JSON, or around elements. */
import { namedJson } from '../../callBodies.ts';
import { invokeElements } from '../../elements.ts';
import type { BodyReader, CallMark, Family, RawCall } from '../../outputFamily.ts';

const lines = namedJson(/\n/);

/** A mark of the family. @param line what stands in place of spaces: Step 3 and small models made of R1 write `_`. */
function markOf(name: string, line: string): string {
  return `<｜${name.replaceAll(' ', line)}｜>`;
}

/** Reads the calls between the marks of a kind. */
function blocksOf(line: string): BodyReader {
  const [begin, separator] = [markOf('tool call begin', line), markOf('tool sep', line)];
  const ends = new RegExp(`(?:${markOf('tool call', line).slice(0, -2)}s?${line}end｜>\\s*)+$`);
  const named = namedJson(new RegExp(separator));
  /** `f<｜tool▁sep｜>{…}` of V3.1; behind `function<｜tool▁sep｜>`, `f` with a fence of R1 and V3, or elements of Step 3. */
  const ofBlock = (block: string, isEnd: boolean): readonly RawCall[] | undefined => {
    const [type = '', ...more] = block.split(separator);
    if (type.trim() !== 'function') return named(block, isEnd);
    const typed = more.join(separator);
    return typed.trimStart().startsWith('<') ? invokeElements(typed, isEnd) : lines(typed, isEnd);
  };
  return (body, isEnd) => {
    const calls: RawCall[] = [];
    for (const block of body.split(begin)) {
      const inner = block.replace(ends, '');
      if (inner.trim() === '') continue;
      const found = ofBlock(inner, isEnd);
      if (found === undefined) return undefined;
      calls.push(...found);
    }
    return calls.length > 0 ? calls : undefined;
  };
}

function marks(line: string): readonly CallMark[] {
  const read = [blocksOf(line)];
  const close = [markOf('tool calls end', line)];
  return [
    { kind: 'call', open: markOf('tool calls begin', line), close, read },
    {
      kind: 'call',
      open: markOf('tool call begin', line),
      close: [...close, markOf('tool call end', line)],
      read,
    },
  ];
}

export const deepseek: Family = {
  name: 'deepseek',
  marks: [
    { kind: 'thought', open: '<think>', close: ['</think>'] },
    ...marks('▁'),
    ...marks('_'),
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
