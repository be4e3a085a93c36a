/**
 * Codestral: suffix first, and no mark for the middle. https://github.com/mistralai/mistral-common
 * (`InstructTokenizerV2.encode_fim`).
 */
import type { FimFormat } from './fimFormat.ts';

export const codestral: FimFormat = {
  name: 'codestral',
  marks: ['[SUFFIX]', '[PREFIX]'],
  suffixFirst: true,
  prompt: ({ prefix, suffix }) => [{ mark: '[SUFFIX]' }, suffix, { mark: '[PREFIX]' }, prefix],
  // The heading of a further file.
  stop: ['[PREFIX]', '[SUFFIX]', '\n+++++ '],
};
