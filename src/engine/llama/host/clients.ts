/** The clients of this process: the window that started it, and other windows of this user. */
import type { Duplex } from 'node:stream';
import type { LogLevel } from '../call.ts';
import { type Handler, type Service, serve } from './serve.ts';

/** All clients. */
export class Clients {
  readonly #handlers: readonly Handler[];
  readonly #onLast: () => void;
  readonly #services = new Set<Service>();

  /** @param onLast called when the last client is gone. */
  constructor(handlers: readonly Handler[], onLast: () => void) {
    this.#handlers = handlers;
    this.#onLast = onLast;
  }

  /** Serves a client. @param token the word that it must send first. Defaults to none. */
  add(stream: Duplex, token?: string): void {
    let service: Service | undefined;
    serve(stream, this.#handlers, {
      token,
      onAccepted: (accepted) => {
        service = accepted;
        this.#services.add(accepted);
      },
      // A client that was never accepted keeps nothing alive.
      onEnd: () => {
        if (service === undefined) return;
        this.#services.delete(service);
        if (this.#services.size === 0) this.#onLast();
      },
    });
  }

  log(level: LogLevel, message: string): void {
    for (const service of this.#services) service.log(level, message);
  }
}
