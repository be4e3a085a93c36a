/** GLM 4 and 4.5: https://github.com/ggml-org/llama.cpp (`src/llama-vocab.cpp` names its marks). */
import { type FimFormat, type FimMarks, prefixFirst, textsOf } from './fimFormat.ts';

const MARKS: FimMarks = {
  prefix: '<|code_prefix|>',
  suffix: '<|code_suffix|>',
  middle: '<|code_middle|>',
};

export const glm: FimFormat = {
  name: 'glm',
  marks: textsOf(MARKS),
  ...prefixFirst(MARKS),
  stop: [...textsOf(MARKS), '<|endoftext|>', '<|user|>'],
};
