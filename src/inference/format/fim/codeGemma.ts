/** CodeGemma: https://ai.google.dev/gemma/docs/codegemma/prompt-structure. */
import { BARRED, type FimFormat, prefixFirst, textsOf } from './fimFormat.ts';

export const codeGemma: FimFormat = {
  name: 'codegemma',
  marks: [...textsOf(BARRED), '<|file_separator|>'],
  ...prefixFirst(BARRED),
  stop: [...textsOf(BARRED), '<|file_separator|>', '<end_of_turn>', '<eos>'],
};
