/** The caller's side of typed calls: carries requests to a host, and its events and results back. */
import type { Duplex } from 'node:stream';
import type { z } from 'zod';
import { ModelError } from '../../base/error.ts';
import { type Call, type FromHost, fromHostSchema, type LogLevel, type ToHost } from './call.ts';
import { type Channel, openChannel } from './channel.ts';

/** Bytes of a message of the host. Results are small, and an answer comes in pieces. */
const MAX_REPLY_BYTES = 1024 * 1024;
/** Characters of a validation error in the log. */
const MAX_REASON = 500;

/** A message that no sound host sends. Thrown by a listener of events, it ends the host. */
export class HostFlaw extends Error {
  override readonly name = 'HostFlaw';
}

export interface CallerEvents {
  readonly onHello: (version: number) => void;
  readonly onLog: (level: LogLevel, message: string) => void;
  /** @param flaw completes “The engine process …”. @param detail for the log. */
  readonly onFlaw: (flaw: string, detail: string) => void;
}

/** A request on its way. */
export interface SentCall<Result> {
  /** @throws ModelError as the host says, and what {@link Caller.fail} is given. */
  readonly done: Promise<Result>;
  /** Asks the host to end the request, which still gives a result. */
  cancel(): void;
}

interface Pending {
  event(value: unknown): void;
  settle(value: unknown): void;
  reject(error: unknown): void;
}

/** The open requests of one host. */
export class Caller {
  readonly #events: CallerEvents;
  readonly #channel: Channel;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #isFlawed = false;

  /** @param stream a pipe or a socket to the host; it belongs to the caller from now on. */
  constructor(stream: Duplex, events: CallerEvents) {
    this.#events = events;
    const onMessage = (message: unknown): void => this.#receive(message);
    const onEnd = (flaw: string | undefined): void => {
      if (flaw !== undefined) this.#flaw(flaw, flaw);
    };
    this.#channel = openChannel(stream, { onMessage, onEnd }, { maxBytes: MAX_REPLY_BYTES });
  }

  /** Sends a request. @param onEvent gets its events, in order. An exception of it ends the request and is its error. */
  call<Params, Event, Result>(
    call: Call<Params, Event, Result>,
    params: Params,
    onEvent: (event: Event) => void = () => {},
  ): SentCall<Result> {
    const id = this.#nextId++;
    const cancel = (): void => this.#send({ cancel: id });
    const done = new Promise<Result>((resolve, reject) => {
      let thrown: { readonly error: unknown } | undefined;
      this.#pending.set(id, {
        event: (value) => {
          const event = this.#valid(call.event, value, call.name);
          if (event === undefined || thrown !== undefined) return;
          try {
            onEvent(event.data);
          } catch (error) {
            if (error instanceof HostFlaw) {
              this.#flaw(error.message, error.message);
              return;
            }
            // The listener's own fault. The request still ends before the next one starts.
            thrown = { error };
            cancel();
          }
        },
        settle: (value) => {
          const result = this.#valid(call.result, value, call.name);
          if (result === undefined) return;
          this.#pending.delete(id);
          if (thrown === undefined) resolve(result.data);
          else reject(thrown.error);
        },
        reject: (error) => {
          this.#pending.delete(id);
          reject(thrown === undefined ? error : thrown.error);
        },
      });
    });
    this.#send({ id, call: call.name, params });
    return { done, cancel };
  }

  /** Fails all requests: the host is gone. */
  fail(error: ModelError): void {
    for (const pending of [...this.#pending.values()]) pending.reject(error);
  }

  /** Tells the host that nobody calls it any more, which ends it. */
  close(): void {
    this.#channel.close();
  }

  #send(message: ToHost): void {
    this.#channel.send(message);
  }

  #receive(value: unknown): void {
    const message = this.#valid(fromHostSchema, value, 'message')?.data;
    if (message === undefined || this.#isFlawed) return;
    if ('hello' in message) this.#events.onHello(message.hello);
    else if ('log' in message) this.#events.onLog(message.log, message.message);
    else this.#answer(message);
  }

  #answer(message: Extract<FromHost, { id: number }>): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) this.#flaw('answered a request that nobody made', `request ${message.id}`);
    else if ('event' in message) pending.event(message.event);
    else if ('result' in message) pending.settle(message.result);
    else pending.reject(new ModelError(message.error.code, message.error.message));
  }

  /** A value that its schema allows; anything else is a flaw, and gives undefined. */
  #valid<T>(schema: z.ZodType<T>, value: unknown, what: string): { readonly data: T } | undefined {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { data: parsed.data };
    // Its request fails with the process, or would wait for ever.
    this.#flaw(
      'sent a message that is not understood',
      `${what}: ${parsed.error.message.slice(0, MAX_REASON)}`,
    );
    return undefined;
  }

  #flaw(flaw: string, detail: string): void {
    if (this.#isFlawed) return;
    this.#isFlawed = true;
    this.#events.onFlaw(flaw, detail);
  }
}
