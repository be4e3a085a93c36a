/** StarCoder (https://arxiv.org/abs/2305.06161), and those with its marks: StableCode, CodeQwen 1.5, Refact, Granite 3. */
import { ANGLED, type FimFormat, prefixFirst, textsOf } from './fimFormat.ts';

export const starCoder: FimFormat = {
  name: 'starcoder',
  marks: textsOf(ANGLED),
  ...prefixFirst(ANGLED),
  stop: [...textsOf(ANGLED), '<fim_pad>', '<file_sep>', '<filename>', '<|endoftext|>'],
};
