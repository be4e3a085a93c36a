/** Answers a conversation; the answer arrives as events. */
import { z } from 'zod';
import { samplingSchema } from '../../../base/sampling.ts';
import { defineCall } from '../call.ts';
import { tokenCount } from './load.ts';

/** Longest piece of an answer, in characters. A token has about four, and only a few tokens are joined. */
const MAX_PIECE = 65_536;

const params = z.strictObject({
  messages: z.array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  maxTokens: tokenCount.optional(),
  sampling: samplingSchema,
  stop: z.array(z.string()),
});
export type ChatParams = z.infer<typeof params>;

const event = z.union([
  /** Progress of the prompt, in tokens. */
  z.strictObject({ evaluatedTokens: tokenCount, totalTokens: tokenCount }),
  /** A piece of the answer; `answerTokens` counts the tokens since the previous piece. */
  z.strictObject({ text: z.string().max(MAX_PIECE), answerTokens: tokenCount }),
  z.strictObject({ thought: z.string().max(MAX_PIECE), answerTokens: tokenCount }),
]);
export type ChatEvent = z.infer<typeof event>;

const result = z.strictObject({
  stopReason: z.enum(['end', 'length', 'cancelled']),
  /** Prompt tokens that had to be evaluated; the others were still in the context. */
  evaluatedTokens: tokenCount,
});
export type ChatEnd = z.infer<typeof result>;

export const chatCall = defineCall({ name: 'chat', params, event, result });
