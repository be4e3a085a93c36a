/** Connections that look at the addresses they are made to: no further in than a limit, and the zone is told. */
import type { buildConnector } from 'undici';
import { guardedLookup, type LookupAll } from './guardedLookup.ts';
import { addressZone, type Zone } from './zone.ts';

type Connector = buildConnector.connector;

/**
 * A connector like undici's.
 * @param build undici's, or one that makes connectors like it.
 * @param limit for the addresses of names. Hosts that are written as addresses were judged before.
 * @param onZone told of each connection, with the origin it was made for.
 * @param lookupAll asked for addresses; the system's where absent.
 */
export function watchedConnector(
  build: (options: buildConnector.BuildOptions) => Connector,
  options: buildConnector.BuildOptions,
  limit: Zone,
  onZone: (origin: string, zone: Zone) => void,
  lookupAll?: LookupAll,
): Connector {
  const connect = build({ ...options, lookup: guardedLookup(limit, lookupAll) });
  return (target, callback) => {
    connect(target, (...result) => {
      const [error, socket] = result;
      const zone = error === null ? addressZone(socket.remoteAddress ?? '') : undefined;
      if (zone !== undefined) onZone(`${target.protocol}//${target.host}`, zone);
      callback(...result);
    });
  };
}
