/** The meaning of raw output: thoughts, calls of tools and text of each family of models. Pure. */
import type { Answer, AnswerReaderOptions } from './answer.ts';
import { FAMILIES } from './families/index.ts';
import { beginsInThought } from './reading/beginsInThought.ts';
import { AnswerReader } from './reading/reader.ts';

export type { Answer, AnswerCall, AnswerPiece, AnswerReaderOptions, OfferedTool } from './answer.ts';
export { escaped } from './escaped.ts';
export type { AnswerReader } from './reading/reader.ts';
export { firstCallMark, firstMark, firstThoughtEnd, TURN_ENDS } from './turnMarks.ts';

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

/** Returns the family whose sign is in a chat template, or undefined: most families are told by their marks alone. */
export function familyOfTemplate(template: string): string | undefined {
  return FAMILIES.find(({ templateSign }) => templateSign !== undefined && template.includes(templateSign))
    ?.name;
}
