/** Kimi K3: elements whose marks are three tokens each. */
import { elementCalls } from '../../elements.ts';
import type { Family } from '../../outputFamily.ts';

const calls = elementCalls({
  call: /<\|open\|>call\s+tool="([^"]{1,128})"[^<]{0,128}<\|sep\|>/y,
  callEnd: /<\|close\|>call<\|sep\|>/y,
  argument: /<\|open\|>argument\s+key="([^"]{1,128})"[^<]{0,128}<\|sep\|>/y,
  argumentEnd: /<\|close\|>argument<\|sep\|>/g,
});

export const kimiK3: Family = {
  name: 'kimi-k3',
  marks: [
    { kind: 'thought', open: '<|open|>think<|sep|>', close: ['<|close|>think<|sep|>'] },
    { kind: 'call', open: '<|open|>tools<|sep|>', close: ['<|close|>tools<|sep|>'], read: [calls] },
    {
      kind: 'call',
      open: '<|open|>call tool=',
      close: ['<|close|>call<|sep|>'],
      read: [
        (body, isEnd) => calls(`<|open|>call tool=${body}${isEnd ? '' : '<|close|>call<|sep|>'}`, isEnd),
      ],
    },
    { kind: 'stray', open: '<|open|>response<|sep|>' },
    { kind: 'stray', open: '<|close|>response<|sep|>' },
    { kind: 'stray', open: '<|close|>message<|sep|>' },
  ],
};
