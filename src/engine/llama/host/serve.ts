/** The host's side of typed calls: runs the handler of each request and sends its events and its result. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { ModelError } from '../../../base/error.ts';
import { t, useTranslations } from '../../../base/l10n.ts';
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

/** Longest error and longest line of the log, in characters; the other side accepts 4,000. */
const MAX_TEXT = 3_000;

/** Everything that a handler gets besides its parameters. */
export interface CallContext<Event> {
  /** Aborted when the caller no longer wants the result, or is gone. */
  readonly signal: AbortSignal;
  /** The caller, of which a shared process has several. */
  readonly client: object;
  emit(event: Event): void;
}

/** A call together with its implementation. */
export interface Handler {
  readonly name: string;
  /** @throws HostError, ModelError, and any error of the library. */
  run(params: unknown, context: CallContext<unknown>): Promise<unknown>;
}

/** Creates a {@link Handler} that validates parameters before it passes them to `work`. */
export function handle<Params, Event, Result>(
  call: Call<Params, Event, Result>,
  work: (params: Params, context: CallContext<Event>) => Promise<Result>,
): Handler {
  return {
    name: call.name,
    run: (value, context) => {
      const parsed = call.params.safeParse(value);
      if (parsed.success) return work(parsed.data, context);
      throw new HostError(
        'engine-error',
        t('The engine process does not understand the request: {0}', parsed.error.message),
      );
    },
  };
}

/** A host that accepts calls of one client. */
export interface Service {
  log(level: LogLevel, message: string): void;
}

/** Options of a service: the word that lets a client in, and its beginning and end. */
export interface ServeOptions {
  readonly onEnd: () => void;
  /** The word that must come first. Defaults to none, as over a pipe of the parent. */
  readonly token?: string | undefined;
  /** Called when the word was right, or at once if none is needed. */
  readonly onAccepted?: ((service: Service) => void) | undefined;
}

/** Answers the calls that arrive over `stream`. */
export function serve(
  stream: Duplex,
  handlers: readonly Handler[],
  { onEnd, token, onAccepted }: ServeOptions,
): Service {
  const running = new Map<number, AbortController>();
  const client = {};
  let isAccepted = false;
  const send = (message: FromHost): void => channel.send(message);

  async function run(id: number, name: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const handler = handlers.find((candidate) => candidate.name === name);
      if (handler === undefined)
        throw new HostError('engine-error', t('The engine process has no call "{0}".', name));
      let last: string | undefined;
      // The first event of a kind is waited for; the pieces behind it are read in passing.
      const emit = (event: unknown): void => {
        const kind = kindOf(event);
        const message: FromHost = { id, event };
        if (kind === last) channel.sendSoon(message);
        else channel.send(message);
        last = kind;
      };
      send({ id, result: await handler.run(params, { signal: controller.signal, client, emit }) });
    } catch (error) {
      send({ id, error: failure(error) });
    } finally {
      running.delete(id);
    }
  }

  const accept = (): void => {
    isAccepted = true;
    send({ hello: PROTOCOL_VERSION, pid: process.pid });
    onAccepted?.(service);
  };
  const onMessage = (value: unknown): void => {
    const message = toHostSchema.parse(value);
    if (!isAccepted) {
      if ('token' in message && isSame(message.token, token ?? '')) accept();
      else channel.close();
    } else if ('translations' in message) useTranslations(message.translations);
    else if ('cancel' in message) running.get(message.cancel)?.abort();
    else if ('call' in message) void run(message.id, message.call, message.params);
  };
  const onClosed = (): void => {
    for (const controller of running.values()) controller.abort();
    onEnd();
  };
  const channel = openChannel(stream, { onMessage, onEnd: onClosed });
  const service: Service = {
    log: (level, message) => send({ log: level, message: message.slice(0, MAX_TEXT) }),
  };
  if (token === undefined) accept();
  return service;
}

/** Returns the same for events of one shape. */
function kindOf(event: unknown): string {
  return typeof event === 'object' && event !== null ? Object.keys(event).join() : typeof event;
}

/** Compares two words without telling by the time how much of them is the same. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function failure(error: unknown): Extract<FromHost, { error: unknown }>['error'] {
  const known = error instanceof HostError || error instanceof ModelError;
  const code = known ? hostErrorCodeSchema.safeParse(error.code).data : undefined;
  const message = known ? error.message : t('llama.cpp failed: {0}. Load the model again.', reasonOf(error));
  return { code: code ?? 'engine-error', message: message.slice(0, MAX_TEXT) };
}
