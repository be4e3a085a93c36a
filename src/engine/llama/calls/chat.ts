/** Answers a conversation; the answer arrives as events. */
import * as z from 'zod';
import { samplingSchema } from '../../../base/sampling.ts';
import { defineCall } from '../call.ts';
import { tokenCount } from './load.ts';
import { purposeSchema } from './purpose.ts';

/** Longest piece of an answer, in characters. A token has about four, and only a few tokens are joined. */
const MAX_PIECE = 65_536;
/** Longest note, in characters. */
const MAX_NOTE = 1_000;
/** Longest name of a tool, in characters; OpenAI's API allows 64. */
const MAX_NAME = 256;

const toolArguments = z.record(z.string(), z.unknown());
const toolCall = z.strictObject({ id: z.string(), name: z.string(), arguments: toolArguments });
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: z.string() }),
  z.strictObject({ role: z.literal('user'), content: z.string() }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string(),
    thought: z.string().optional(),
    toolCalls: z.array(toolCall).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), content: z.string(), callId: z.string() }),
]);
const tool = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  inputSchema: z.record(z.string(), z.unknown()).optional(),
});

const params = z.strictObject({
  messages: z.array(message),
  tools: z.array(tool),
  toolMode: z.enum(['auto', 'required']),
  purpose: z.enum(['chat', 'edit']),
  copiedText: z.string().optional(),
  thinking: z.boolean().optional(),
  maxThoughtTokens: tokenCount.optional(),
  outputSchema: z.record(z.string(), z.unknown()).optional(),
  maxTokens: tokenCount.optional(),
  sampling: samplingSchema,
  stop: z.array(z.string()),
});
export type ChatParams = z.infer<typeof params>;

/** `answerTokens` counts the tokens since the previous piece. */
const piece = { answerTokens: tokenCount } as const;
const event = z.union([
  /** Progress of the prompt, in tokens. */
  z.strictObject({ evaluatedTokens: tokenCount, totalTokens: tokenCount }),
  z.strictObject({ text: z.string().max(MAX_PIECE), ...piece }),
  z.strictObject({ thought: z.string().max(MAX_PIECE), ...piece }),
  z.strictObject({
    call: z.strictObject({ name: z.string().max(MAX_NAME), arguments: toolArguments }),
    ...piece,
  }),
  z.strictObject({ waitingFor: purposeSchema }),
  z.strictObject({ note: z.string().max(MAX_NOTE) }),
]);
export type ChatEvent = z.infer<typeof event>;

const result = z.strictObject({
  stopReason: z.enum(['end', 'length', 'loop', 'cancelled', 'toolCalls']),
  /** Prompt tokens that had to be evaluated; the others were still in the context. */
  evaluatedTokens: tokenCount,
  /** Tokens of the answer that no piece told, such as the mark that ends a thought. */
  answerTokens: tokenCount,
  /** Batches that were decoded for the answer. */
  decodes: tokenCount,
});
export type ChatEnd = z.infer<typeof result>;

export const chatCall = defineCall({ name: 'chat', params, event, result });
