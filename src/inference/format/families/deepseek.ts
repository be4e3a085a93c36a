/** DeepSeek V3, V3.1, V3.2, R1 and Cogito: marks of their own around names and JSON. */
import { invokeElements, namedJson } from '../callBodies.ts';
import type { BodyReader, Family, RawCall } from '../outputFamily.ts';

const BEGIN = '<｜tool▁call▁begin｜>';
const SEPARATOR = /<｜tool▁sep｜>/;

/** `f<｜tool▁sep｜>{…}` of V3.1, and `function<｜tool▁sep｜>f` with a fence behind it of R1 and V3. */
const deepseekCalls: BodyReader = (body, isEnd) => {
  const blocks = body.split(BEGIN).map((block) => block.replace(/<｜tool▁calls?▁end｜>[\s\S]*$/, ''));
  const calls: RawCall[] = [];
  for (const block of blocks) {
    if (block.trim() === '') continue;
    const typed = /^\s*function<｜tool▁sep｜>([\s\S]*)$/.exec(block)?.[1];
    const found = typed === undefined ? namedJson(SEPARATOR)(block, isEnd) : namedJson(/\n/)(typed, isEnd);
    if (found === undefined) return undefined;
    calls.push(...found);
  }
  return calls.length > 0 ? calls : undefined;
};

export const deepseek: Family = {
  name: 'deepseek',
  marks: [
    { kind: 'thought', open: '<think>', close: ['</think>'] },
    {
      kind: 'call',
      open: '<｜tool▁calls▁begin｜>',
      close: ['<｜tool▁calls▁end｜>'],
      read: [deepseekCalls],
    },
    {
      kind: 'call',
      open: BEGIN,
      close: ['<｜tool▁calls▁end｜>', '<｜tool▁call▁end｜>'],
      read: [deepseekCalls],
    },
    {
      kind: 'call',
      open: '<｜DSML｜function_calls>',
      close: ['</｜DSML｜function_calls>'],
      read: [invokeElements],
    },
    { kind: 'stray', open: '<｜tool▁calls▁end｜>', ofCalls: true },
    { kind: 'stray', open: '<｜end▁of▁sentence｜>' },
    { kind: 'stray', open: '<｜Assistant｜>' },
  ],
};
