/**
 * Forms of answers that small models fall into (SmolLM2, Qwen, Gemma, DeepSeek, Llama, Phi, gpt-oss): broken fences, marks
 * of templates, lists and labels, other white space, characters of prose, numbered and omitted lines, wrong places.
 */
import type { Render } from '../renderings.ts';
import { CHARACTERS } from './characters.ts';
import { FRAMES } from './frames.ts';
import { LANGUAGE_FORMS, REFUSED_LANGUAGE_FORMS } from './languages.ts';
import { PLACES } from './places.ts';

/** All habits by their names. */
export const HABITS: Readonly<Record<string, Render>> = {
  ...FRAMES,
  ...CHARACTERS,
  ...PLACES,
  ...LANGUAGE_FORMS,
};

/** Habits that the reader refuses, at least where nothing proves what they mean. */
export const REFUSED_HABITS: ReadonlySet<string> = new Set([
  'opening fence of two',
  'closing fence of two',
  'closed by tildes',
  'fence within a fence',
  'fence opened twice',
  'sentence in the block',
  'explanation in the block',
  'wide punctuation',
  'wide semicolons',
  'arrows for operators',
  'line breaks in words',
  'numbers before some lines',
  'rest of the code',
  'rest remains the same',
  'rest unchanged',
  'previous code',
  'dots alone',
  'lines around left out',
  'selection before the new lines',
  'new lines twice in a block',
  'selection behind the new lines',
  'line behind repeated',
  'a diff of plus signs only',
  'marks of a merge',
  'a star before each line',
  'quotation marks of prose',
  'an empty line behind each',
  'escaped underscores',
  'escaped stars and brackets',
  'made-up function around',
  ...REFUSED_LANGUAGE_FORMS,
]);
