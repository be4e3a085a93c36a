/** Looking names up for connections, without the addresses to which nobody may be led. See zone.ts for the rule. */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { ModelError } from '../../base/error.ts';
import { addressZone, isLoopbackName, isWithin, type Zone } from './zone.ts';

/** A name that leads further in than an answer may. */
export class InnerAddressError extends ModelError {
  constructor(hostname: string, address: string) {
    const message = `${hostname} has the address ${address}, which is in a private network or on this machine. A server outside of it may not send downloads there; check the registry's address.`;
    super('registry-error', message, { registry: hostname });
  }
}

/** As `dns.lookup` with all addresses. */
export type LookupAll = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * All addresses of a name. `localhost` and the names below it have both loopback addresses (RFC 6761, 6.3), also where
 * the system's hosts file has one of them or none: a server may listen on the other one only.
 */
function addressesOf(
  hostname: string,
  options: LookupOptions,
  lookupAll: LookupAll,
  callback: Parameters<LookupAll>[2],
): void {
  lookupAll(hostname, { ...options, all: true }, (error, addresses) => {
    if (!isLoopbackName(hostname)) return callback(error, addresses);
    const { family } = options;
    const wanted = LOOPBACK.filter((one) => family === undefined || family === 0 || one.family === family);
    const found = error === null ? addresses : [];
    const known = new Set(found.map(({ address }) => address));
    callback(null, [...found, ...wanted.filter(({ address }) => !known.has(address))]);
  });
}

function allowed(addresses: readonly LookupAddress[], limit: Zone): LookupAddress[] {
  return addresses.filter(({ address }) => isWithin(addressZone(address) ?? 'public', limit));
}

/**
 * A `lookup` for net.connect that gives only addresses within `limit`, and fails with an {@link InnerAddressError}
 * if there are others only.
 */
export function guardedLookup(limit: Zone, lookupAll: LookupAll = lookup): LookupFunction {
  return (hostname, options, callback) => {
    addressesOf(hostname, options, lookupAll, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const fitting = allowed(addresses, limit);
      const [first] = fitting;
      const [refused] = addresses;
      if (first === undefined) {
        const failure = new InnerAddressError(hostname, refused?.address ?? 'unknown');
        return callback(failure, '');
      }
      if (options.all === true) return callback(null, fitting);
      return callback(null, first.address, first.family);
    });
  };
}

/**
 * Looks a name up before somebody else connects to it. Names that are not known here pass: whoever connects may know
 * them.
 * @throws InnerAddressError if all its addresses lie further in than `limit`.
 */
export async function requireWithin(
  { hostname }: URL,
  limit: Zone,
  lookupAll: LookupAll = lookup,
): Promise<void> {
  const addresses = await new Promise<LookupAddress[]>((resolve) => {
    addressesOf(hostname.replace(/^\[|\]$/g, ''), {}, lookupAll, (error, found) =>
      resolve(error === null ? found : []),
    );
  });
  const [first] = addresses;
  if (first !== undefined && allowed(addresses, limit).length === 0)
    throw new InnerAddressError(hostname, first.address);
}
