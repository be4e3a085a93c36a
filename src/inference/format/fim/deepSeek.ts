/** DeepSeek Coder 1 and V2 Lite: https://github.com/deepseek-ai/DeepSeek-Coder (README, “Code Insertion”). */
import { type FimFormat, type FimMarks, prefixFirst, textsOf } from './fimFormat.ts';

/** The hole stands where the suffix begins. The bars are U+FF5C, the lines U+2581. */
const MARKS: FimMarks = {
  prefix: '<｜fim▁begin｜>',
  suffix: '<｜fim▁hole｜>',
  middle: '<｜fim▁end｜>',
};

export const deepSeek: FimFormat = {
  name: 'deepseek-coder',
  marks: textsOf(MARKS),
  ...prefixFirst(MARKS),
  stop: [...textsOf(MARKS), '<｜end▁of▁sentence｜>'],
};
