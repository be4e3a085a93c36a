/** The caller's side of typed calls: sends requests to a host, and dispatches the events and results that come back. */
import type { Duplex } from 'node:stream';
import type { z } from 'zod';
import { ModelError } from '../../base/error.ts';
import { asLocalized, type Localized, t, translationsInUse } from '../../base/l10n.ts';
import { type Call, type FromHost, fromHostSchema, type LogLevel, type ToHost } from './call.ts';
import { type Channel, openChannel } from './channel.ts';

/** Largest message from the host, in bytes. Results are small, and an answer comes in pieces. */
const MAX_REPLY_BYTES = 1024 * 1024;
/** Longest validation error in the log, in characters. */
const MAX_REASON = 500;

/** Misbehavior that a sound host never shows. A listener of events throws it to end the host. */
export class HostFlaw extends Error {
  override readonly name = 'HostFlaw';
  readonly flaw: Localized;

  /** @param flaw as in “The engine process was stopped: `…`.” */
  constructor(flaw: Localized) {
    super(flaw);
    this.flaw = flaw;
  }
}

/** Callbacks of a {@link Caller}. */
export interface CallerEvents {
  readonly onHello: (version: number, pid: number | undefined) => void;
  readonly onLog: (level: LogLevel, message: string) => void;
  /** @param flaw as in {@link HostFlaw}. @param detail for the log. */
  readonly onFlaw: (flaw: Localized, detail: string) => void;
}

/** A request under way. */
export interface SentCall<Result> {
  /** @throws ModelError as the host reports it, or the error given to {@link Caller.fail}. */
  readonly done: Promise<Result>;
  /** Asks the host to end the request, which still returns a result. */
  cancel(): void;
}

interface Pending {
  /** True once the system has taken the request. */
  isSent: boolean;
  event(value: unknown): void;
  settle(value: unknown): void;
  reject(error: unknown): void;
}

/** The end of the host as the error of a request that may have been begun, although no event of it was read. */
export class PerhapsBegunError extends ModelError {
  constructor({ code, message, retryable }: ModelError) {
    super(code, asLocalized(message), { retryable });
  }
}

/** All open requests to one host. */
export class Caller {
  readonly #events: CallerEvents;
  readonly #channel: Channel;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #isFlawed = false;
  #isBroken = false;

  /**
   * @param stream a pipe or a socket to the host, owned by the caller from now on.
   * @param token the word that a shared host expects.
   */
  constructor(stream: Duplex, events: CallerEvents, token?: string) {
    this.#events = events;
    const onMessage = (message: unknown): void => this.#receive(message);
    const onEnd = (flaw: Localized | undefined, isBroken: boolean): void => {
      this.#isBroken = isBroken;
      if (flaw !== undefined) this.#flaw(flaw, flaw);
    };
    this.#channel = openChannel(stream, { onMessage, onEnd }, { maxBytes: MAX_REPLY_BYTES });
    if (token !== undefined) this.#send({ token });
    // A message rather than an environment variable, whose size Linux limits to 128 KiB. Messages arrive in order, so
    // the host has its language before it answers anything.
    const translations = translationsInUse();
    if (translations !== undefined) this.#send({ translations });
  }

  /** Sends a request. @param onEvent receives its events in order; an exception ends the request as its error. */
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
        isSent: false,
        event: (value) => {
          const event = this.#valid(call.event, value, call.name);
          if (event === undefined || thrown !== undefined) return;
          try {
            onEvent(event.data);
          } catch (error) {
            if (error instanceof HostFlaw) {
              this.#flaw(error.flaw, error.flaw);
              return;
            }
            // The listener's own error. The request still has to end before the next one starts.
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
    this.#channel.send({ id, call: call.name, params } satisfies ToHost, () => {
      const pending = this.#pending.get(id);
      if (pending !== undefined) pending.isSent = true;
    });
    return { done, cancel };
  }

  /**
   * Fails all requests because the host is gone. If its last messages were not read, the first of the requests that it
   * had may have been its end ({@link PerhapsBegunError}).
   */
  fail(error: ModelError): void {
    const all = [...this.#pending.values()];
    const first = this.#isBroken ? all.find(({ isSent }) => isSent) : undefined;
    for (const pending of all) pending.reject(pending === first ? new PerhapsBegunError(error) : error);
  }

  /** Closes the channel, which ends the host. */
  close(): void {
    this.#channel.close();
  }

  #send(message: ToHost): void {
    this.#channel.send(message);
  }

  #receive(value: unknown): void {
    const message = this.#valid(fromHostSchema, value, 'message')?.data;
    if (message === undefined || this.#isFlawed) return;
    if ('hello' in message) this.#events.onHello(message.hello, message.pid);
    else if ('log' in message) this.#events.onLog(message.log, message.message);
    else this.#answer(message);
  }

  #answer(message: Extract<FromHost, { id: number }>): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined)
      this.#flaw(t('it answered a request that was never made'), `request ${message.id}`);
    else if ('event' in message) pending.event(message.event);
    else if ('result' in message) pending.settle(message.result);
    // The host has translated it.
    else pending.reject(new ModelError(message.error.code, asLocalized(message.error.message)));
  }

  /** Validates a value. An invalid one is a flaw and gives undefined. */
  #valid<T>(schema: z.ZodType<T>, value: unknown, what: string): { readonly data: T } | undefined {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { data: parsed.data };
    // The flaw ends the process, and with it the request, which would otherwise wait forever.
    this.#flaw(
      t('it sent a message that is not understood'),
      `${what}: ${parsed.error.message.slice(0, MAX_REASON)}`,
    );
    return undefined;
  }

  #flaw(flaw: Localized, detail: string): void {
    if (this.#isFlawed) return;
    this.#isFlawed = true;
    this.#events.onFlaw(flaw, detail);
  }
}
