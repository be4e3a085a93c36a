/** Counts the tokens of a text with the vocabulary of the loaded model. */
import * as z from 'zod';
import { defineCall } from '../call.ts';
import { tokenCount } from './load.ts';

export const countCall = defineCall({
  name: 'count',
  params: z.strictObject({ text: z.string() }),
  event: z.never(),
  result: z.strictObject({ tokens: tokenCount }),
});
