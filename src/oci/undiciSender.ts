/** The registry client's own sender. */
import type { Dispatcher } from 'undici';
import { sendWith } from './exchange.ts';
import { CONNECT_TIMEOUT_MS, type HttpSender, type SendRequest, type SentAnswer } from './sender.ts';
import type { Undici } from './undici.ts';

/** Loads what requests need, so that the first one need not wait for it: some twenty milliseconds of work. */
export async function preloadNetwork(): Promise<void> {
  await import('./undici.ts');
}

/**
 * A sender over one dispatcher, or over a pool of its own where none is given. undici is loaded with the first
 * request, because starting the editor must not pay for it.
 */
export class UndiciSender implements HttpSender {
  readonly #dispatcher: Dispatcher | undefined;
  #own: Dispatcher | undefined;

  constructor(dispatcher?: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  async send(request: SendRequest): Promise<SentAnswer> {
    const undici = await import('./undici.ts');
    return sendWith(this.#dispatcher ?? this.#ownPool(undici), request);
  }

  /** A dispatcher from outside stays as it is. */
  async close(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    await own?.destroy();
  }

  #ownPool(undici: Undici): Dispatcher {
    this.#own ??= new undici.Agent({ connect: { timeout: CONNECT_TIMEOUT_MS } });
    return this.#own;
  }
}
