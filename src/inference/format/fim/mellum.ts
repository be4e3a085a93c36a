/**
 * Mellum: https://huggingface.co/JetBrains/Mellum-4b-base and https://arxiv.org/abs/2510.05788. Its vocabulary has the
 * marks of StarCoder, but it was trained with the suffix first; only its name tells that.
 */
import { ANGLED, type FimFormat, suffixFirst, textsOf } from './fimFormat.ts';

export const mellum: FimFormat = {
  name: 'mellum',
  marks: textsOf(ANGLED),
  namePattern: /mellum/i,
  ...suffixFirst(ANGLED),
  stop: [...textsOf(ANGLED), '<filename>', '<reponame>', '<|endoftext|>'],
};
