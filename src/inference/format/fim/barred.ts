/** Models that only have the three marks in common with Qwen Coder, whose form all of them follow. */
import { BARRED, type FimFormat, prefixFirst, textsOf } from './fimFormat.ts';

export const barred: FimFormat = {
  name: 'fim',
  marks: textsOf(BARRED),
  ...prefixFirst(BARRED),
  stop: [...textsOf(BARRED), '<|fim_pad|>', '<|endoftext|>', '<|im_end|>'],
};
