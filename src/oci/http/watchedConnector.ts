/** Connections that check the addresses they are made to, and remember their zones. */
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { guardedLookup, type LookupAll } from './guardedLookup.ts';
import { addressZone, outer, type Zone } from './zone.ts';

type Connector = buildConnector.connector;

/**
 * The outermost zone of the open connections to a server. Closed ones do not count: the name may have had another
 * address while a VPN was connected.
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
      // The answer of the last connection may still be on its way.
      if (this.#open.size > 0) this.#look();
    });
  }

  #look(): void {
    this.#zone = [...this.#open.values()].reduce(outer);
  }
}

/**
 * Options that try the addresses of a server one after the other (as in RFC 8305), whatever the process's default: the
 * editor's may try the first one only. Node's 250 ms for each attempt are too short for a satellite link.
 */
export const EVERY_ADDRESS = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 1_000 };

/**
 * Makes a connector like undici's.
 * @param build undici's, or one that makes connectors like it.
 * @param limit for the addresses of names. Hosts written as addresses have been checked before.
 * @param onSocket called with each connection and its origin.
 * @param lookupAll looks up addresses; defaults to the system's.
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
