/**
 * Seed-Coder: suffix first, as in its training (https://github.com/ByteDance-Seed/Seed-Coder) and in Zed, whose Zeta 2
 * is made of it. Continue sends the prefix first, which measures worse.
 */
import { type FimFormat, type FimMarks, suffixFirst, textsOf } from './fimFormat.ts';

const MARKS: FimMarks = { prefix: '<[fim-prefix]>', suffix: '<[fim-suffix]>', middle: '<[fim-middle]>' };

export const seedCoder: FimFormat = {
  name: 'seed-coder',
  marks: textsOf(MARKS),
  ...suffixFirst(MARKS),
  stop: [...textsOf(MARKS), '<[end▁of▁sentence]>', '<[begin▁of▁sentence]>', '<[PAD▁TOKEN]>', '<[SEP▁TOKEN]>'],
};
