/** The registry client's own sender. */
import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { sendWith } from './exchange.ts';
import {
  CONNECT_TIMEOUT_MS,
  type HttpSender,
  KEEP_ALIVE_MS,
  type SendRequest,
  type SentAnswer,
} from './sender.ts';
import type { Undici } from './undici.ts';
import { ConnectedZones, watchedConnector } from './watchedConnector.ts';
import type { Zone } from './zone.ts';

/** Servers whose zones are remembered. */
const MAX_ZONES = 1000;

/** Loads undici ahead of the first request, which saves it some twenty milliseconds. */
export async function preloadNetwork(): Promise<void> {
  await import('./undici.ts');
}

/**
 * A sender over a given dispatcher, or over a pool of its own. undici is loaded with the first request, so that it does
 * not slow down the editor's start.
 */
export class UndiciSender implements HttpSender {
  readonly #dispatcher: Dispatcher | undefined;
  /**
   * Own pools by the limit for their addresses, so that no connection is used beyond the limit that it was made with.
   */
  readonly #own = new Map<Zone, Dispatcher>();
  readonly #zones = new Map<string, ConnectedZones>();

  constructor(dispatcher?: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  async send(request: SendRequest): Promise<SentAnswer> {
    const undici = await import('./undici.ts');
    if (this.#dispatcher !== undefined) return sendWith(this.#dispatcher, request);
    const { url, within = 'local' } = request;
    const answer = await sendWith(this.#ownPool(undici, within), request);
    return { ...answer, zone: this.#zones.get(`${within} ${url.origin}`)?.zone };
  }

  /** Ends the own pools, but not a given dispatcher. */
  async close(): Promise<void> {
    const own = [...this.#own.values()];
    this.#own.clear();
    await Promise.all(own.map((pool) => pool.destroy()));
  }

  #ownPool(undici: Undici, within: Zone): Dispatcher {
    const before = this.#own.get(within);
    if (before !== undefined) return before;
    const onSocket = (origin: string, socket: Socket): void => {
      if (this.#zones.size >= MAX_ZONES) this.#zones.clear();
      const key = `${within} ${origin}`;
      const zones = this.#zones.get(key) ?? new ConnectedZones();
      this.#zones.set(key, zones);
      zones.add(socket);
    };
    const timeout = { timeout: CONNECT_TIMEOUT_MS };
    const connect = watchedConnector(undici.buildConnector, timeout, within, onSocket);
    const pool = new undici.Agent({ connect, keepAliveTimeout: KEEP_ALIVE_MS });
    this.#own.set(within, pool);
    return pool;
  }
}
