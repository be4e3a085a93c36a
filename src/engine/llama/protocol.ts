/**
 * What the engine and its host process say to each other, over the IPC channel of `child_process.fork`.
 * Requests carry an id; the host answers each of them with one `loaded`, `answer`, `counted`, `devices`,
 * `architectures` or `failed`.
 */
import { z } from 'zod';
import { samplingSchema } from '../../base/sampling.ts';

/** Raised with every change that an older host or engine would not understand. */
export const PROTOCOL_VERSION = 4;

const id = z.number().int().nonnegative();
const count = z.number().int().nonnegative();

const loadRequest = z.object({
  type: z.literal('load'),
  id,
  modelPath: z.string().min(1),
  contextTokens: count.optional(),
  threads: count.optional(),
  gpu: z.enum(['auto', 'off']),
});

const chatRequest = z.object({
  type: z.literal('chat'),
  id,
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  maxTokens: count.optional(),
  sampling: samplingSchema,
  stop: z.array(z.string()),
});

const countRequest = z.object({ type: z.literal('count'), id, text: z.string() });

/** Which GPUs there are. Nothing is loaded for it. */
const devicesRequest = z.object({ type: z.literal('devices'), id });

/** Which of these architectures llama.cpp knows. */
const architecturesRequest = z.object({
  type: z.literal('architectures'),
  id,
  names: z.array(z.string().max(64)).max(64),
});

/** Ends the answer with this id; it is still answered. */
const cancelNotice = z.object({ type: z.literal('cancel'), id });

/** What the engine sends. */
export const hostRequestSchema = z.discriminatedUnion('type', [
  loadRequest,
  chatRequest,
  countRequest,
  devicesRequest,
  architecturesRequest,
  cancelNotice,
]);

/** What the host can say of a failure; all of them are codes of `ModelError`. */
export const hostErrorCodeSchema = z.enum([
  'gguf-invalid',
  'unsupported-artifact',
  'out-of-memory',
  'context-overflow',
  'engine-unavailable',
  'engine-error',
]);

/** What the host sends. */
export const hostMessageSchema = z.discriminatedUnion('type', [
  /** The first message of a host. */
  z.object({ type: z.literal('hello'), version: z.number() }),
  z.object({ type: z.literal('progress'), id, fraction: z.number() }),
  z.object({
    type: z.literal('loaded'),
    id,
    contextTokens: count,
    trainContextTokens: count,
    threads: count,
    gpu: z.string(),
    infill: z.boolean(),
  }),
  /** The prompt of an answer is tokenised, and fits. */
  z.object({ type: z.literal('prompt'), id, promptTokens: count }),
  /** A piece of an answer; `answerTokens` are those since the last piece, thoughts among them. */
  z.object({ type: z.literal('text'), id, text: z.string(), answerTokens: count }),
  z.object({
    type: z.literal('answer'),
    id,
    stopReason: z.enum(['end', 'length', 'cancelled']),
    /** Prompt tokens that had to be evaluated; the others were still in the context. */
    evaluatedTokens: count,
  }),
  z.object({ type: z.literal('counted'), id, tokens: count }),
  /** The memory of all GPUs together, bytes; all 0 where `gpu` is `cpu`. */
  z.object({
    type: z.literal('devices'),
    id,
    gpu: z.string(),
    totalBytes: count,
    availableBytes: count,
    /** Whether it is the machine's own memory. */
    unified: z.boolean(),
  }),
  /** Names that are in neither list could not be asked for. */
  z.object({
    type: z.literal('architectures'),
    id,
    known: z.array(z.string()),
    unknown: z.array(z.string()),
  }),
  z.object({ type: z.literal('failed'), id, code: hostErrorCodeSchema, message: z.string() }),
  z.object({
    type: z.literal('log'),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string(),
  }),
]);

export type HostRequest = z.infer<typeof hostRequestSchema>;
export type LoadRequest = z.infer<typeof loadRequest>;
export type ChatRequest = z.infer<typeof chatRequest>;
export type HostMessage = z.infer<typeof hostMessageSchema>;
export type HostErrorCode = z.infer<typeof hostErrorCodeSchema>;
export type LogLevel = Extract<HostMessage, { type: 'log' }>['level'];
