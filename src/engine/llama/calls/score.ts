/** Scores how likely a text is after a prompt. */
import * as z from 'zod';
import { defineCall } from '../call.ts';
import { markedText } from './complete.ts';
import { tokenCount } from './load.ts';

export const scoreCall = defineCall({
  name: 'score',
  params: z.strictObject({ prompt: markedText, text: z.string() }),
  event: z.never(),
  result: z.strictObject({ logProbability: z.number().max(0), tokens: tokenCount }),
});
