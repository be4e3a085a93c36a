/**
 * Content digests.
 *
 * Grammar (OCI image-spec, descriptor.md, "Digests"):
 *   digest    ::= algorithm ":" encoded
 *   algorithm ::= component (separator component)*   component ::= [a-z0-9]+   separator ::= [+._-]
 *   encoded   ::= [a-zA-Z0-9=_-]+
 * Only the registered algorithms are accepted (sha256, sha384 and sha512, lower-case hex of their exact
 * length), because a digest becomes part of paths and URLs.
 */
import { createHash, type Hash } from 'node:crypto';
import { ModelError } from '../base/error.ts';

const HEX_LENGTHS = { sha256: 64, sha384: 96, sha512: 128 } as const;

/** A registered digest algorithm. */
export type DigestAlgorithm = keyof typeof HEX_LENGTHS;

/** A digest's two parts. */
export interface DigestParts {
  readonly algorithm: DigestAlgorithm;
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

function isAlgorithm(text: string): text is DigestAlgorithm {
  return Object.hasOwn(HEX_LENGTHS, text);
}

/** The parts of `text`, or undefined where it is not a digest of a registered algorithm. */
export function tryParseDigest(text: string): DigestParts | undefined {
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, Math.max(0, colon));
  const hex = text.slice(colon + 1);
  if (!isAlgorithm(algorithm) || hex.length !== HEX_LENGTHS[algorithm]) return undefined;
  return /^[0-9a-f]+$/.test(hex) ? { algorithm, hex } : undefined;
}

/**
 * The parts of a digest.
 * @throws ModelError `reference-invalid` where `text` is not a digest of a registered algorithm.
 */
export function parseDigest(text: string): DigestParts {
  const parts = tryParseDigest(text);
  if (parts !== undefined) return parts;
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  throw new ModelError(
    'reference-invalid',
    `“${shown}” is not a digest. A digest is sha256: and 64 lower-case hexadecimal digits.`,
  );
}

/** A running hash of the algorithm that `digest` names. */
export function digestHash(digest: string): Hash {
  return createHash(parseDigest(digest).algorithm);
}

/** The digest of `bytes`. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** `sha256:7a2fdcafad26…`: enough of a digest for a person to tell two apart. */
export function shortDigest(digest: string): string {
  const parts = tryParseDigest(digest);
  return parts === undefined ? digest : `${parts.algorithm}:${parts.hex.slice(0, 12)}`;
}
