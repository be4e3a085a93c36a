/**
 * Code Llama: `<PRE> P <SUF>S <MID>` (https://github.com/meta-llama/codellama, `infilling_prompt_tokens`). The spaces
 * before `<SUF>` and `<MID>` are part of these tokens, which SentencePiece writes with a `▁`; the one before P is a
 * piece of text.
 */
import { type FimFormat, prefixFirst, textsOf } from './fimFormat.ts';

const MARKS = { prefix: '▁<PRE>', suffix: '▁<SUF>', middle: '▁<MID>' } as const;
const { prompt, suffixFirst } = prefixFirst(MARKS);

export const codeLlama: FimFormat = {
  name: 'codellama',
  marks: textsOf(MARKS),
  suffixFirst,
  prompt: ({ prefix, suffix }) => prompt({ prefix: ` ${prefix}`, suffix }),
  stop: ['<PRE>', '<SUF>', '<MID>', '<EOT>'],
};
