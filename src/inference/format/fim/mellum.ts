/**
 * Mellum: https://huggingface.co/JetBrains/Mellum-4b-base and https://arxiv.org/abs/2510.05788. Its vocabulary has the
 * marks of StarCoder, but it was trained with the suffix first; only its name tells that.
 */
import { ANGLED, type FimFormat, mark, suffixFirst, textsOf } from './fimFormat.ts';

const form = suffixFirst(ANGLED);

export const mellum: FimFormat = {
  name: 'mellum',
  marks: textsOf(ANGLED),
  namePattern: /mellum/i,
  ...form,
  repository: {
    marks: ['<filename>', '<reponame>'],
    prompt: (context, { repository, path, files }) => [
      mark('<reponame>'),
      repository,
      ...files.flatMap((file) => [mark('<filename>'), `${file.path}\n${file.text}\n`]),
      mark('<filename>'),
      `${path}\n`,
      ...form.prompt(context),
    ],
  },
  stop: [...textsOf(ANGLED), '<filename>', '<reponame>', '<|endoftext|>'],
};
