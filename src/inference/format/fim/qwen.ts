/** Qwen 2.5 Coder and Qwen 3 Coder: https://github.com/QwenLM/Qwen2.5-Coder (README, “File-Level Code Completion”). */
import { BARRED, type FimFormat, mark, prefixFirst, textsOf } from './fimFormat.ts';

const { prompt, suffixFirst } = prefixFirst(BARRED);

export const qwen: FimFormat = {
  name: 'qwen-coder',
  marks: [...textsOf(BARRED), '<|file_sep|>'],
  prompt,
  suffixFirst,
  // Section “Repository-Level Code Completion”, with the hole in the last file.
  repository: {
    marks: ['<|repo_name|>'],
    prompt: (context, { repository, path, files }) => [
      mark('<|repo_name|>'),
      `${repository}\n`,
      ...files.flatMap((file) => [mark('<|file_sep|>'), `${file.path}\n${file.text}\n`]),
      mark('<|file_sep|>'),
      `${path}\n`,
      ...prompt(context),
    ],
  },
  stop: [
    ...textsOf(BARRED),
    '<|fim_pad|>',
    '<|repo_name|>',
    '<|file_sep|>',
    '<|endoftext|>',
    '<|im_start|>',
    '<|im_end|>',
  ],
};
