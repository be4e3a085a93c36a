/** Falcon-H1 Tiny Coder: https://github.com/ggml-org/llama.cpp (`src/llama-vocab.cpp` names its marks). */
import { type FimFormat, type FimMarks, prefixFirst, textsOf } from './fimFormat.ts';

const MARKS: FimMarks = { prefix: '<|prefix|>', suffix: '<|suffix|>', middle: '<|middle|>' };

export const falcon: FimFormat = {
  name: 'falcon-h1',
  marks: textsOf(MARKS),
  ...prefixFirst(MARKS),
  stop: textsOf(MARKS),
};
