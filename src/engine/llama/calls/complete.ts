/** Continues a text, or fills in the text between two others; the text arrives as events. */
import * as z from 'zod';
import { samplingSchema } from '../../../base/sampling.ts';
import { defineCall } from '../call.ts';
import { tokenCount } from './load.ts';
import { purposeSchema } from './purpose.ts';

/** Longest piece, in characters. */
const MAX_PIECE = 65_536;
/** Longest text that a completion begins with, in characters. */
const MAX_BEGIN = 256;
const probability = z.number().min(0).max(1.001);

/** Texts, and special tokens by theirs. */
export const markedText = z.array(z.union([z.string(), z.strictObject({ mark: z.string() })]));

const params = z.strictObject({
  prompt: markedText,
  purpose: purposeSchema,
  maxTokens: tokenCount.optional(),
  sampling: samplingSchema,
  stop: z.array(z.string()),
  /** Text that the completion begins with. */
  begin: z.string().max(MAX_BEGIN).optional(),
  minJointProbability: z.number().min(0).max(1).optional(),
  /** Tells if pieces come with the joint probability of the text; the most probable token is taken then. */
  withProbability: z.boolean(),
});
export type CompleteParams = z.infer<typeof params>;

const event = z.strictObject({
  text: z.string().max(MAX_PIECE),
  probability: probability.optional(),
  answerTokens: tokenCount,
});
export type CompleteEvent = z.infer<typeof event>;

const result = z.strictObject({
  stopReason: z.enum(['end', 'length', 'stop', 'unlikely', 'cancelled']),
  promptTokens: tokenCount,
  evaluatedTokens: tokenCount,
  answerTokens: tokenCount,
});
export type CompleteEnd = z.infer<typeof result>;

export const completeCall = defineCall({ name: 'complete', params, event, result });
