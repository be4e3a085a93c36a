/** Connections that look at the addresses they are made to: no further in than a limit, and the zone is remembered. */
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { guardedLookup, type LookupAll } from './guardedLookup.ts';
import { addressZone, outer, type Zone } from './zone.ts';

type Connector = buildConnector.connector;

/**
 * The outermost zone of the connections to a server. Those that have ended do not count: a name may have another
 * address when a VPN was connected.
 */
export class ConnectedZones {
  readonly #open = new Map<Socket, Zone>();
  #zone: Zone | undefined;

  /** Undefined before the first connection. */
  get zone(): Zone | undefined {
    return this.#zone;
  }

  add(socket: Socket): void {
    const zone = addressZone(socket.remoteAddress ?? '');
    if (zone === undefined) return;
    this.#open.set(socket, zone);
    this.#look();
    socket.once('close', () => {
      this.#open.delete(socket);
      // The answer of the last one may still be on its way to whoever asks.
      if (this.#open.size > 0) this.#look();
    });
  }

  #look(): void {
    this.#zone = [...this.#open.values()].reduce(outer);
  }
}

/**
 * One address of a server after the other is tried (as in RFC 8305), whatever the process has as its default: the
 * editor's may try the first one only. Node gives an attempt 250 ms, in which no connection over a satellite is made.
 */
export const EVERY_ADDRESS = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 1_000 };

/**
 * A connector like undici's.
 * @param build undici's, or one that makes connectors like it.
 * @param limit for the addresses of names. Hosts that are written as addresses were judged before.
 * @param onSocket told of each connection, with the origin it was made for.
 * @param lookupAll asked for addresses; the system's where absent.
 */
export function watchedConnector(
  build: (options: buildConnector.BuildOptions) => Connector,
  options: buildConnector.BuildOptions,
  limit: Zone,
  onSocket: (origin: string, socket: Socket) => void,
  lookupAll?: LookupAll,
): Connector {
  const connect = build({ ...EVERY_ADDRESS, ...options, lookup: guardedLookup(limit, lookupAll) });
  return (target, callback) => {
    connect(target, (...result) => {
      const [error, socket] = result;
      if (error === null) onSocket(`${target.protocol}//${target.host}`, socket);
      callback(...result);
    });
  };
}
