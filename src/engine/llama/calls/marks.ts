/** Asks which special tokens the vocabulary has. */
import * as z from 'zod';
import { defineCall } from '../call.ts';

/** Most marks, and the longest one, in characters. Gemma has about 6,300. */
const MAX_MARKS = 20_000;
const MAX_MARK = 256;

export const marksCall = defineCall({
  name: 'marks',
  params: z.strictObject({}),
  event: z.never(),
  result: z.strictObject({ marks: z.array(z.string().max(MAX_MARK)).max(MAX_MARKS) }),
});
export const MARK_BOUNDS = { count: MAX_MARKS, characters: MAX_MARK } as const;
