/**
 * Typed calls over a {@link Channel}. A call is declared once, with schemas for its parameters, for the events that
 * come back while it runs, and for its result. Both sides import the declaration, and the receiver validates every
 * message.
 */
import * as z from 'zod';

/** Raised with every change that an older host or engine would not understand. */
export const PROTOCOL_VERSION = 7;

/** A kind of request. Schemas bound the sizes of their texts, lists and numbers. */
export interface Call<Params, Event, Result> {
  readonly name: string;
  readonly params: z.ZodType<Params>;
  readonly event: z.ZodType<Event>;
  readonly result: z.ZodType<Result>;
}

/** Declares a {@link Call}. */
export function defineCall<Params, Event, Result>(
  call: Call<Params, Event, Result>,
): Call<Params, Event, Result> {
  return call;
}

/** The codes of `ModelError` that the host may fail with. */
export const hostErrorCodeSchema = z.enum([
  'gguf-invalid',
  'unsupported-artifact',
  'out-of-memory',
  'context-overflow',
  'engine-unavailable',
  'engine-error',
]);
export type HostErrorCode = z.infer<typeof hostErrorCodeSchema>;

/** Longest message of an error and longest line of the log, in characters. */
const MAX_TEXT = 4_000;
/** Longest text of the interface, in characters. */
const MAX_SHOWN_TEXT = 10_000;
const id = z.int().nonnegative();

/** A message to the host. */
export const toHostSchema = z.union([
  z.strictObject({ id, call: z.string().max(64), params: z.unknown() }),
  /** The first message over a socket: the word that only processes of this user can read. */
  z.strictObject({ token: z.string().max(128) }),
  /** Asks to end the request with this id, which is answered all the same. */
  z.strictObject({ cancel: id }),
  /** Translations of the host's texts by the English ones. Sent before any request, unless the editor is in English. */
  z.strictObject({
    translations: z.record(z.string().max(MAX_SHOWN_TEXT), z.string().max(MAX_SHOWN_TEXT)),
  }),
]);
export type ToHost = z.infer<typeof toHostSchema>;

const logLevelSchema = z.enum(['debug', 'info', 'warn', 'error']);
export type LogLevel = z.infer<typeof logLevelSchema>;

/** A message from the host. */
export const fromHostSchema = z.union([
  /** The first message, with the version of the protocol. */
  z.strictObject({ hello: z.int(), pid: z.int().positive().optional() }),
  z.strictObject({ id, event: z.unknown() }),
  z.strictObject({ id, result: z.unknown() }),
  z.strictObject({
    id,
    error: z.strictObject({ code: hostErrorCodeSchema, message: z.string().max(MAX_TEXT) }),
  }),
  z.strictObject({ log: logLevelSchema, message: z.string().max(MAX_TEXT) }),
]);
export type FromHost = z.infer<typeof fromHostSchema>;
