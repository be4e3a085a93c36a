/**
 * X.509 certificates for tests: a private certificate authority and certificates of it, made of RSA keys here.
 * Encoded by hand (X.690 DER, RFC 5280), because Node signs but does not write certificates.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** A key and its certificate, both PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The name it is issued to. */
  readonly name: string;
}

const OID = {
  commonName: [85, 4, 3],
  sha256WithRsa: [42, 134, 72, 134, 247, 13, 1, 1, 11],
  subjectAltName: [85, 29, 17],
  basicConstraints: [85, 29, 19],
  keyUsage: [85, 29, 15],
} as const;

/** A value with its tag and length. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const bytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (bytes: readonly number[]): Buffer => der(6, Buffer.from(bytes));
const utf8 = (text: string): Buffer => der(12, Buffer.from(text));
const bitString = (bytes: Uint8Array): Buffer => der(3, Buffer.from([0]), bytes);
const boolean = (value: boolean): Buffer => der(1, Buffer.from([value ? 255 : 0]));

function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(23, Buffer.from(`${digits}Z`));
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid(OID.commonName), utf8(commonName))));
}

function extension(id: readonly number[], critical: boolean, value: Uint8Array): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), der(4, value));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
  );
  return sequence(...names);
}

let serial = 1;

/**
 * Makes a certificate that is good for a day.
 * @param hosts names and IPv4 addresses that it is for; none for an authority.
 * @param issuer the authority; it signs itself where absent.
 * @param days how many days ago it begins and in how many it ends; ended ones are negative.
 */
export function makeCertificate(
  name: string,
  hosts: readonly string[] = [],
  issuer?: Certificate,
  days: { readonly since: number; readonly left: number } = { since: 1, left: 1 },
): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const isAuthority = issuer === undefined;
  const day = 86_400_000;
  const algorithm = sequence(oid(OID.sha256WithRsa), der(5));
  const extensions = [
    extension(OID.basicConstraints, true, sequence(...(isAuthority ? [boolean(true)] : []))),
    ...(isAuthority ? [extension(OID.keyUsage, true, der(3, Buffer.from([1, 0b110])))] : []),
    ...(hosts.length > 0 ? [extension(OID.subjectAltName, false, alternativeNames(hosts))] : []),
  ];
  const body = sequence(
    der(0xa0, der(2, Buffer.from([2]))),
    der(2, Buffer.from([1, serial++])),
    algorithm,
    nameOf(issuer?.name ?? name),
    sequence(
      utcTime(new Date(Date.now() - days.since * day)),
      utcTime(new Date(Date.now() + days.left * day)),
    ),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const whole = sequence(body, algorithm, bitString(signature)).toString('base64');
  const lines = whole.match(/.{1,64}/g) ?? [];
  return {
    name,
    privateKey,
    publicKey,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
