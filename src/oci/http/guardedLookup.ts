/** DNS lookups for connections that leave out forbidden addresses. See zone.ts for the rule. */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { addressZone, isLoopbackName, isWithin, type Zone } from './zone.ts';

/** The error of a name that leads further into a network than an answer may. */
export class InnerAddressError extends ModelError {
  constructor(hostname: string, address: string) {
    const message = t(
      '{0} has the address {1}, which is in a private network or on this machine. A server outside may not send downloads there; check the registry’s address.',
      hostname,
      address,
    );
    super('registry-error', message, { registry: hostname });
  }
}

/** `dns.lookup` with all addresses. */
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
 * Looks up all addresses of a name. `localhost` and names below it have both loopback addresses (RFC 6761, 6.3), even
 * if the hosts file has one or none of them: a server may listen on the other one only.
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
 * Makes a `lookup` for net.connect that returns only addresses within `limit`. It fails with an
 * {@link InnerAddressError} if there are only others.
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
 * Checks a name before the editor's networking connects to it. Unknown names pass, since the editor may know them.
 * @throws InnerAddressError if all its addresses are beyond `limit`.
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
