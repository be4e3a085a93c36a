/** Qwen 2.5 Coder and Qwen 3 Coder: https://github.com/QwenLM/Qwen2.5-Coder (README, “File-Level Code Completion”). */
import { BARRED, type FimFormat, prefixFirst, textsOf } from './fimFormat.ts';

export const qwen: FimFormat = {
  name: 'qwen-coder',
  marks: [...textsOf(BARRED), '<|file_sep|>'],
  ...prefixFirst(BARRED),
  stop: [
    ...textsOf(BARRED),
    '<|fim_pad|>',
    '<|repo_name|>',
    '<|file_sep|>',
    '<|endoftext|>',
    '<|im_start|>',
    '<|im_end|>',
  ],
};
