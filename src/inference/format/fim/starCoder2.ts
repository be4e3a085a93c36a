/** StarCoder 2: https://arxiv.org/abs/2402.19173, section 5.1. */
import { ANGLED, type FimFormat, prefixFirst, textsOf } from './fimFormat.ts';

export const starCoder2: FimFormat = {
  name: 'starcoder-2',
  marks: [...textsOf(ANGLED), '<file_sep>', '<repo_name>'],
  ...prefixFirst(ANGLED),
  stop: [...textsOf(ANGLED), '<fim_pad>', '<file_sep>', '<repo_name>', '<|endoftext|>'],
};
