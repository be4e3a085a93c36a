/** The meaning of raw output: thoughts, calls of tools and text of each family of models. Pure. */
import type { Answer, AnswerReaderOptions } from './answer.ts';
import { AnswerReader } from './reader.ts';

export type { Answer, AnswerCall, AnswerPiece, AnswerReaderOptions, OfferedTool } from './answer.ts';
export type { AnswerReader } from './reader.ts';
export { escaped, firstCallMark, firstMark, firstThoughtEnd, TURN_ENDS } from './turnMarks.ts';

/** Reads a whole answer. A thought that the prompt opened may be told by its closing mark alone. */
export function readAnswer(text: string, options: AnswerReaderOptions): Answer {
  const reader = new AnswerReader({ ...options, thoughtOpen: options.thoughtOpen || beginsInThought(text) });
  reader.push(text);
  const { text: rest, thought, calls } = reader.end();
  return { text: rest, thought, calls };
}

/** Reads an answer while it comes. */
export function createAnswerReader(options: AnswerReaderOptions): AnswerReader {
  return new AnswerReader(options);
}

/** Tells if a thought is closed that was never opened: the template opened it in the prompt. */
function beginsInThought(text: string): boolean {
  for (const [open, close] of [
    ['<think>', '</think>'],
    ['[THINK]', '[/THINK]'],
    ['<seed:think>', '</seed:think>'],
    ['<thought>', '</thought>'],
  ] as const) {
    const end = text.indexOf(close);
    if (end >= 0 && !text.slice(0, end).includes(open)) return true;
  }
  return false;
}
