/** The host's side of typed calls: runs the handler of each request, and sends its events and its result. */
import type { Duplex } from 'node:stream';
import { ModelError } from '../../../base/error.ts';
import {
  type Call,
  type FromHost,
  hostErrorCodeSchema,
  type LogLevel,
  PROTOCOL_VERSION,
  toHostSchema,
} from '../call.ts';
import { openChannel } from '../channel.ts';
import { HostError, reasonOf } from './hostError.ts';

/** Characters of an error or of a line of the log; the other side takes 4,000. */
const MAX_TEXT = 3_000;

/** What a handler is given beside its parameters. */
export interface CallContext<Event> {
  /** Aborted when the caller does not want the result any more. */
  readonly signal: AbortSignal;
  emit(event: Event): void;
}

/** A call and the work behind it. */
export interface Handler {
  readonly name: string;
  /** @throws HostError, ModelError, and whatever the library throws. */
  run(params: unknown, context: CallContext<unknown>): Promise<unknown>;
}

/** Makes a {@link Handler}; parameters are validated before `work` sees them. */
export function handle<Params, Event, Result>(
  call: Call<Params, Event, Result>,
  work: (params: Params, context: CallContext<Event>) => Promise<Result>,
): Handler {
  return {
    name: call.name,
    run: (value, { signal, emit }) => {
      const parsed = call.params.safeParse(value);
      if (parsed.success) return work(parsed.data, { signal, emit });
      throw new HostError(
        'engine-error',
        `The engine process does not understand the request: ${parsed.error.message}`,
      );
    },
  };
}

/** The open door of a host. */
export interface Service {
  log(level: LogLevel, message: string): void;
}

/** Answers the calls that come over `stream`. @param onEnd is called when nobody calls any more. */
export function serve(stream: Duplex, handlers: readonly Handler[], onEnd: () => void): Service {
  const running = new Map<number, AbortController>();
  const send = (message: FromHost): void => channel.send(message);

  async function run(id: number, name: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const handler = handlers.find((candidate) => candidate.name === name);
      if (handler === undefined)
        throw new HostError('engine-error', `The engine process has no call "${name}".`);
      const emit = (event: unknown): void => send({ id, event });
      send({ id, result: await handler.run(params, { signal: controller.signal, emit }) });
    } catch (error) {
      send({ id, error: failure(error) });
    } finally {
      running.delete(id);
    }
  }

  const onMessage = (value: unknown): void => {
    const message = toHostSchema.parse(value);
    if ('cancel' in message) running.get(message.cancel)?.abort();
    else void run(message.id, message.call, message.params);
  };
  const channel = openChannel(stream, { onMessage, onEnd });
  send({ hello: PROTOCOL_VERSION });
  return { log: (level, message) => send({ log: level, message: message.slice(0, MAX_TEXT) }) };
}

function failure(error: unknown): Extract<FromHost, { error: unknown }>['error'] {
  const known = error instanceof HostError || error instanceof ModelError;
  const code = known ? hostErrorCodeSchema.safeParse(error.code).data : undefined;
  const message = known ? error.message : `llama.cpp failed: ${reasonOf(error)}. Load the model again.`;
  return { code: code ?? 'engine-error', message: message.slice(0, MAX_TEXT) };
}
