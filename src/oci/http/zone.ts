/**
 * The networks of hosts as seen from this machine, and the rule about where an answer may lead.
 *
 * A registry, a mirror and a proxy that the user named are asked wherever they are. An answer names other hosts: in
 * redirects, in the realm of a challenge, in the `Location` of an upload. It may lead to its own host, to its own
 * network and to those outside of it, but never further in. A server on the internet may only lead to the internet,
 * one in a company's network also to its neighbors, and one on this machine anywhere. No answer may lead to the
 * metadata service of a cloud, which hands out the machine's own logins.
 *
 * Names are judged twice: here by their form, and by their addresses when a connection is made (guardedLookup.ts),
 * because anybody can give a public name a private address. A proxy looks up names itself, and its operator decides
 * which networks it reaches, so only the first check applies then.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { hostname as machineName } from 'node:os';

/** The zones from the outermost network to the innermost. No answer may lead to a forbidden one. */
export type Zone = 'public' | 'private' | 'local' | 'forbidden';

const RANKS: Readonly<Record<Zone, number>> = { public: 0, private: 1, local: 2, forbidden: 3 };

/** Tells whether `zone` is `limit` or outside of it. */
export function isWithin(zone: Zone, limit: Zone): boolean {
  return RANKS[zone] <= RANKS[limit];
}

/** Returns the one of two zones that is further in. */
function inner(a: Zone, b: Zone): Zone {
  return isWithin(a, b) ? b : a;
}

/** Returns the one of two zones that is further out. */
export function outer(a: Zone, b: Zone): Zone {
  return isWithin(a, b) ? a : b;
}

type Range = readonly [network: string, bits: number, zone: Zone];

/** Ranges of IPv4. Metadata services come first, since they lie in ranges of other zones. */
const V4: readonly Range[] = [
  // EC2, Google, Azure, Oracle, DigitalOcean and most others, with AWS's name and time servers; then AWS tasks and pods.
  ['169.254.169.0', 24, 'forbidden'],
  ['169.254.170.0', 24, 'forbidden'],
  // Scaleway, Tencent.
  ['169.254.42.42', 32, 'forbidden'],
  ['169.254.0.23', 32, 'forbidden'],
  ['169.254.10.10', 32, 'forbidden'],
  // Alibaba, Azure's host, Oracle's former one.
  ['100.100.100.200', 32, 'forbidden'],
  ['168.63.129.16', 32, 'forbidden'],
  ['192.0.0.192', 32, 'forbidden'],
  ['0.0.0.0', 8, 'local'],
  ['127.0.0.0', 8, 'local'],
  ['169.254.0.0', 16, 'local'],
  ['224.0.0.0', 3, 'local'],
  // RFC 1918, RFC 6598, RFC 6890.
  ['10.0.0.0', 8, 'private'],
  ['172.16.0.0', 12, 'private'],
  ['192.168.0.0', 16, 'private'],
  ['100.64.0.0', 10, 'private'],
  ['192.0.0.0', 24, 'private'],
];

const V6: readonly Range[] = [
  ['fd00:ec2::254', 128, 'forbidden'],
  ['fd00:ec2::23', 128, 'forbidden'],
  ['fd20:ce::254', 128, 'forbidden'],
  ['fd00:42::42', 128, 'forbidden'],
  ['fe80::', 10, 'local'],
  ['ff00::', 8, 'local'],
  // RFC 4193, and its predecessor in RFC 3879.
  ['fc00::', 7, 'private'],
  ['fec0::', 10, 'private'],
];

/**
 * RFC 2544. Tunneling programs resolve every name to an address in this range, so it says nothing about a host that has
 * a name.
 */
const TUNNELS: Range = ['198.18.0.0', 15, 'private'];

function bytesOfV4(text: string): number[] {
  return text.split('.').map(Number);
}

/** @param text as `isIPv6` takes it. */
function bytesOfV6(text: string): number[] {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text.replace(/%.*$/, ''));
  const tail = dotted === null ? [] : bytesOfV4(dotted[2] ?? '');
  const groups = (dotted?.[1]?.replace(/([^:]):$/, '$1') ?? text.replace(/%.*$/, '')).split('::');
  const read = (part = ''): number[] =>
    part.split(':').flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return group === '' ? [] : [value >> 8, value & 255];
    });
  const [head, rest] = [read(groups[0]), [...read(groups[1]), ...tail]];
  return [...head, ...Array<number>(Math.max(0, 16 - head.length - rest.length)).fill(0), ...rest];
}

interface ParsedRange {
  readonly bytes: readonly number[];
  readonly bits: number;
  readonly zone: Zone;
}

function parseRange([network, bits, zone]: Range): ParsedRange {
  return { bytes: isIPv4(network) ? bytesOfV4(network) : bytesOfV6(network), bits, zone };
}

const V4_RANGES = V4.map(parseRange);
const V6_RANGES = V6.map(parseRange);
const TUNNEL_RANGE = parseRange(TUNNELS);

function isIn(bytes: readonly number[], range: ParsedRange): boolean {
  return range.bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, range.bits - 8 * index));
    const mask = (0xff << (8 - bits)) & 0xff;
    return ((bytes[index] ?? 0) & mask) === (byte & mask);
  });
}

function zoneOfV4(bytes: readonly number[]): Zone {
  return V4_RANGES.find((range) => isIn(bytes, range))?.zone ?? 'public';
}

/** Forms of IPv6 addresses that embed an IPv4 address, and the position of its four bytes. */
const EMBEDDED: readonly { readonly prefix: ParsedRange; readonly at: number; readonly flipped?: boolean }[] =
  [
    // Mapped, translated (RFC 2765), compatible, NAT64 (RFC 6052, RFC 8215), 6to4, Teredo.
    { prefix: parseRange(['::ffff:0:0', 96, 'public']), at: 12 },
    { prefix: parseRange(['::ffff:0:0:0', 96, 'public']), at: 12 },
    { prefix: parseRange(['::', 96, 'public']), at: 12 },
    { prefix: parseRange(['64:ff9b::', 96, 'public']), at: 12 },
    { prefix: parseRange(['64:ff9b:1::', 48, 'public']), at: 12 },
    { prefix: parseRange(['2002::', 16, 'public']), at: 2 },
    { prefix: parseRange(['2001::', 32, 'public']), at: 12, flipped: true },
  ];

/** Tells whether the interface part is that of an ISATAP address (RFC 5214), which may follow any prefix. */
function isIsatap(bytes: readonly number[]): boolean {
  const [u, zero, a, b] = bytes.slice(8, 12);
  return (u === 0 || u === 2) && zero === 0 && a === 0x5e && b === 0xfe;
}

function zoneOfV6(bytes: readonly number[]): Zone {
  const own = V6_RANGES.find((range) => isIn(bytes, range))?.zone ?? 'public';
  if (isIsatap(bytes)) return inner(own, zoneOfV4(bytes.slice(12)));
  const form = EMBEDDED.find(({ prefix }) => isIn(bytes, prefix));
  if (form === undefined) return own;
  const embedded = bytes.slice(form.at, form.at + 4);
  return inner(own, zoneOfV4(form.flipped === true ? embedded.map((byte) => byte ^ 0xff) : embedded));
}

/** Returns the zone of an IPv4 or IPv6 address, or undefined if `text` is not one. */
export function addressZone(text: string): Zone | undefined {
  if (isIPv4(text)) return zoneOfV4(bytesOfV4(text));
  return isIPv6(text) ? zoneOfV6(bytesOfV6(text)) : undefined;
}

const METADATA_NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);
/** Names of this machine in the hosts files of systems. */
const MACHINE_NAMES = new Set([
  'localhost',
  'localhost.localdomain',
  'localhost6',
  'localhost6.localdomain6',
  'ip6-localhost',
  'ip6-loopback',
  'broadcasthost',
]);

/** Tells whether a name always means this machine (RFC 6761, 6.3). */
export function isLoopbackName(name: string): boolean {
  const plain = plainHostname(name);
  return plain === 'localhost' || plain.endsWith('.localhost');
}

/** Suffixes that no public server has (RFC 6762, RFC 8375, ICANN's resolution on `.internal`). */
const PRIVATE_ENDINGS = /\.(?:local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa)$/;

/** Removes dots at the end of a name, which only prevent a search in other domains. */
export function withoutEndDots(name: string): string {
  let end = name.length;
  while (name[end - 1] === '.') end--;
  return name.slice(0, end);
}

/** `[::1]` → `::1`, `Example.com.` → `example.com`. @param hostname as `URL.hostname` has it, without a port. */
export function plainHostname(hostname: string): string {
  return withoutEndDots(hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1'));
}

function zoneOfName(name: string): Zone {
  if (METADATA_NAMES.has(name)) return 'forbidden';
  if (MACHINE_NAMES.has(name) || isLoopbackName(name)) return 'local';
  if (name === plainHostname(machineName())) return 'local';
  // A name without a dot is resolved in the network's own domain.
  return !name.includes('.') || PRIVATE_ENDINGS.test(name) ? 'private' : 'public';
}

/** Returns the zone of a host, judged by its name alone. @param hostname as in `URL.hostname`. */
export function hostZone(hostname: string): Zone {
  const name = plainHostname(hostname);
  const zone = addressZone(name) ?? zoneOfName(name);
  return isIPv4(name) && isIn(bytesOfV4(name), TUNNEL_RANGE) ? inner(zone, 'private') : zone;
}

/** The host that sent an answer. */
export interface Answerer {
  readonly url: URL;
  /** Zone of the address that answered; undefined behind a proxy. */
  readonly zone?: Zone | undefined;
  /** The limit of the request to it; `local` if the user named it. */
  readonly within?: Zone | undefined;
}

/**
 * Returns the limit for a host that an answer leads to, whose addresses must be in this zone or outside of it, or
 * undefined if the answer may not lead there.
 */
export function leadTo(from: Answerer, to: URL): Zone | undefined {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return undefined;
  if (from.url.protocol === 'https:' && to.protocol !== 'https:') return undefined;
  const target = hostZone(to.hostname);
  if (target === 'forbidden') return undefined;
  if (plainHostname(from.url.hostname) === plainHostname(to.hostname)) return from.within ?? 'local';
  // The name may be of this network, and the address of a tunnel to it.
  const own = inner(hostZone(from.url.hostname), from.zone ?? 'public');
  const limit = own === 'forbidden' ? 'public' : own;
  return isWithin(target, limit) ? limit : undefined;
}
