/** A TCP proxy in front of a server: counts what it sends to clients, and can hold it back to a speed. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A proxy that runs. */
export interface MeteringProxy {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Bytes that went to clients so far: all bytes of the answers, headers included. */
  sentBytes(): number;
  /** Lets everything through at once from now on. */
  unlimit(): void;
  /** Calls back, once, as soon as `bytes` went to clients; it is called before the bytes behind them are sent. */
  whenSent(bytes: number, callback: () => void): void;
  /**
   * Holds content back behind `bytes` until `condition` is true; the connections stay open. Small answers on connections
   * of their own go through: whoever asks late for a manifest must get it, or what is waited for never happens.
   */
  holdAt(bytes: number, condition: () => boolean): void;
  close(): Promise<void>;
}

/** Bytes that a connection carries before it is held: manifests, tokens and lists are shorter. */
const SMALL_BYTES = 64 * 1024;

/** @param target `127.0.0.1:PORT`. @param options.bytesPerSecond of all connections together; no limit where absent. */
export async function startMeteringProxy(
  target: string,
  options: { readonly bytesPerSecond?: number } = {},
): Promise<MeteringProxy> {
  const [host, port] = target.split(':');
  const sockets = new Set<Socket>();
  let limit = options.bytesPerSecond ?? Number.POSITIVE_INFINITY;
  let sent = 0;
  const waiting = new Set<{ readonly bytes: number; readonly callback: () => void }>();
  const count = (bytes: number): void => {
    sent += bytes;
    for (const one of waiting) {
      if (sent < one.bytes) continue;
      waiting.delete(one);
      one.callback();
    }
  };
  let held: { readonly bytes: number; readonly condition: () => boolean } | undefined;
  const untilReleased = async (): Promise<void> => {
    while (held !== undefined && sent >= held.bytes && !held.condition()) await delay(2);
  };
  /** When the bytes that were let through so far are paid for. */
  let free = performance.now();
  const meter = (): Transform => {
    let carried = 0;
    return new Transform({
      async transform(chunk: Buffer, _encoding, done) {
        free = Math.max(free, performance.now()) + (chunk.length * 1000) / limit;
        const wait = free - performance.now();
        // Timers are coarse: small waits are added up.
        if (wait > 4) await delay(wait);
        carried += chunk.length;
        if (carried > SMALL_BYTES) await untilReleased();
        count(chunk.length);
        done(null, chunk);
      },
    });
  };
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    // A side that is cut off ends the other one; that is what tests do here.
    pipeline(client, upstream).catch(() => upstream.destroy());
    pipeline(upstream, meter(), client).catch(() => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sentBytes: () => sent,
    unlimit() {
      limit = Number.POSITIVE_INFINITY;
    },
    whenSent(bytes, callback) {
      waiting.add({ bytes, callback });
    },
    holdAt(bytes, condition) {
      held = { bytes, condition };
    },
    async close() {
      held = undefined;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
