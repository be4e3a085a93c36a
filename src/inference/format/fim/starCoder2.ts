/** StarCoder 2: https://arxiv.org/abs/2402.19173, section 5.1. */
import { ANGLED, type FimFormat, mark, prefixFirst, textsOf } from './fimFormat.ts';

const { prompt, suffixFirst } = prefixFirst(ANGLED);

export const starCoder2: FimFormat = {
  name: 'starcoder-2',
  marks: [...textsOf(ANGLED), '<file_sep>', '<repo_name>'],
  prompt,
  suffixFirst,
  // The path of the file with the hole stands behind the mark of the prefix.
  repository: {
    marks: [],
    prompt: ({ prefix, suffix }, { repository, path, files }) => [
      mark('<repo_name>'),
      repository,
      ...files.flatMap((file) => [mark('<file_sep>'), `${file.path}\n${file.text}`]),
      mark('<file_sep>'),
      ...prompt({ prefix: `${path}\n${prefix}`, suffix }),
    ],
  },
  stop: [...textsOf(ANGLED), '<fim_pad>', '<file_sep>', '<repo_name>', '<|endoftext|>'],
};
