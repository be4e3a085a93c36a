/**
 * Typed calls over a {@link Channel}. A call is declared once, with schemas of what goes to the other side, of the events
 * that come back while it is worked on, and of its result; both sides import the declaration, and every message is
 * validated by whoever receives it.
 */
import { z } from 'zod';

/** Raised with every change that an older host or engine would not understand. */
export const PROTOCOL_VERSION = 5;

/** A kind of request. Schemas bound their texts, lists and numbers. */
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

/** Characters of an error's message and of a line of the log. */
const MAX_TEXT = 4_000;

const id = z.int().nonnegative();

/** A message to the host. */
export const toHostSchema = z.union([
  z.strictObject({ id, call: z.string().max(64), params: z.unknown() }),
  /** Ends the request with this id, which is answered all the same. */
  z.strictObject({ cancel: id }),
]);
export type ToHost = z.infer<typeof toHostSchema>;

const logLevelSchema = z.enum(['debug', 'info', 'warn', 'error']);
export type LogLevel = z.infer<typeof logLevelSchema>;

/** A message of the host. */
export const fromHostSchema = z.union([
  /** The first one. */
  z.strictObject({ hello: z.int() }),
  z.strictObject({ id, event: z.unknown() }),
  z.strictObject({ id, result: z.unknown() }),
  z.strictObject({
    id,
    error: z.strictObject({ code: hostErrorCodeSchema, message: z.string().max(MAX_TEXT) }),
  }),
  z.strictObject({ log: logLevelSchema, message: z.string().max(MAX_TEXT) }),
]);
export type FromHost = z.infer<typeof fromHostSchema>;
