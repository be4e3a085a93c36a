/**
 * Codestral: suffix first, and no mark for the middle. https://github.com/mistralai/mistral-common
 * (`InstructTokenizerV2.encode_fim`).
 */
import { type FimContext, type FimFormat, mark } from './fimFormat.ts';

const prompt = ({ prefix, suffix }: FimContext) => [mark('[SUFFIX]'), suffix, mark('[PREFIX]'), prefix];

export const codestral: FimFormat = {
  name: 'codestral',
  marks: ['[SUFFIX]', '[PREFIX]'],
  suffixFirst: true,
  prompt,
  // Headings of files are plain text, as Continue (`AutocompleteTemplate.ts`) writes them for Mistral's own service.
  repository: {
    marks: [],
    prompt: ({ prefix, suffix }, { path, files }) => {
      const others = files.map((file) => `+++++ ${file.path} \n${file.text}`);
      return prompt({ prefix: `${[...others, `+++++ ${path}\n`].join('\n\n')}${prefix}`, suffix });
    },
  },
  // The heading of a further file.
  stop: ['[PREFIX]', '[SUFFIX]', '\n+++++ '],
};
