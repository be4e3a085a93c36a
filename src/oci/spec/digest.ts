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
import { ModelError } from '../../base/error.ts';

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

/** The whole grammar above, for any algorithm. */
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
/** Longest text that is looked at, characters: no algorithm comes near it. */
const MAX_TEXT_LENGTH = 512;

/** What is wrong with a text that is no digest, as go-digest tells it apart. */
export type DigestProblem = 'format' | 'algorithm' | 'length';

/** The parts of `text`, or the first thing that is wrong with it: its form, its algorithm, then its length. */
function read(text: string): DigestParts | DigestProblem {
  if (text.length > MAX_TEXT_LENGTH || !DIGEST.test(text)) return 'format';
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, colon);
  const hex = text.slice(colon + 1);
  if (!isAlgorithm(algorithm)) return 'algorithm';
  if (hex.length !== HEX_LENGTHS[algorithm]) return 'length';
  return /^[0-9a-f]+$/.test(hex) ? { algorithm, hex } : 'format';
}

/** The parts of `text`, or undefined where it is not a digest of a registered algorithm. */
export function tryParseDigest(text: string): DigestParts | undefined {
  const result = read(text);
  return typeof result === 'string' ? undefined : result;
}

/** Why `text` is no digest, or undefined where it is one. */
export function digestProblem(text: string): DigestProblem | undefined {
  const result = read(text);
  return typeof result === 'string' ? result : undefined;
}

const PROBLEMS: Readonly<Record<DigestProblem, string>> = {
  format: 'which is sha256: and 64 lower-case hexadecimal digits',
  algorithm: 'because its algorithm is not sha256, sha384 or sha512',
  length: 'because it has not as many digits as its algorithm gives; sha256 gives 64',
};

/** The reason of {@link digestProblem} as the end of a sentence: `… is not a digest, which is …`. */
export function explainDigestProblem(problem: DigestProblem): string {
  return PROBLEMS[problem];
}

/**
 * The parts of a digest.
 * @throws ModelError `reference-invalid` where `text` is not a digest of a registered algorithm.
 */
export function parseDigest(text: string): DigestParts {
  const parts = read(text);
  if (typeof parts !== 'string') return parts;
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  const message = `“${shown}” is not a digest, ${explainDigestProblem(parts)}. Copy the whole digest.`;
  throw new ModelError('reference-invalid', message);
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
