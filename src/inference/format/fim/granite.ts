/** Granite 4: https://www.ibm.com/granite/docs/models/granite#fim. Granite 3 has the marks of StarCoder. */
import { BARRED, type FimFormat, prefixFirst, textsOf } from './fimFormat.ts';

export const granite: FimFormat = {
  name: 'granite-4',
  marks: [...textsOf(BARRED), '<|filename|>', '<|reponame|>'],
  ...prefixFirst(BARRED),
  stop: [...textsOf(BARRED), '<|fim_pad|>', '<|filename|>', '<|reponame|>', '<|end_of_text|>'],
};
