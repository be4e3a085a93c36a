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
import { type Localized, t } from '../../base/l10n.ts';

const HEX_LENGTHS = { sha256: 64, sha384: 96, sha512: 128 } as const;

/** A registered digest algorithm. */
export type DigestAlgorithm = keyof typeof HEX_LENGTHS;

/** The two parts of a digest. */
export interface DigestParts {
  readonly algorithm: DigestAlgorithm;
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

function isAlgorithm(text: string): text is DigestAlgorithm {
  return Object.hasOwn(HEX_LENGTHS, text);
}

/** The grammar above, for any algorithm. */
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
/** Longest text that is parsed, in characters; digests of every algorithm are far shorter. */
const MAX_TEXT_LENGTH = 512;

/** The ways in which a text can fail to be a digest, as go-digest distinguishes them. */
export type DigestProblem = 'format' | 'algorithm' | 'length';

/** Returns the parts of `text`, or its first problem: form, then algorithm, then length. */
function read(text: string): DigestParts | DigestProblem {
  if (text.length > MAX_TEXT_LENGTH || !DIGEST.test(text)) return 'format';
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, colon);
  const hex = text.slice(colon + 1);
  if (!isAlgorithm(algorithm)) return 'algorithm';
  if (hex.length !== HEX_LENGTHS[algorithm]) return 'length';
  return /^[0-9a-f]+$/.test(hex) ? { algorithm, hex } : 'format';
}

/** Returns the parts of `text`, or undefined if it is not a digest of a registered algorithm. */
export function tryParseDigest(text: string): DigestParts | undefined {
  const result = read(text);
  return typeof result === 'string' ? undefined : result;
}

/** Returns the problem of `text`, or undefined if it is a digest. */
export function digestProblem(text: string): DigestProblem | undefined {
  const result = read(text);
  return typeof result === 'string' ? result : undefined;
}

const PROBLEMS: Readonly<Record<DigestProblem, () => Localized>> = {
  format: () => t('it must be “sha256:” and 64 lower-case hexadecimal digits'),
  algorithm: () => t('its algorithm is not sha256, sha384 or sha512'),
  length: () => t('it has the wrong number of digits; sha256 has 64'),
};

/** Explains a problem as the end of a sentence: `… is not a digest: it must be …`. */
export function explainDigestProblem(problem: DigestProblem): Localized {
  return PROBLEMS[problem]();
}

/**
 * Parses a digest.
 * @throws ModelError `reference-invalid` if `text` is not a digest of a registered algorithm.
 */
export function parseDigest(text: string): DigestParts {
  const parts = read(text);
  if (typeof parts !== 'string') return parts;
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  throw new ModelError(
    'reference-invalid',
    t('“{0}” is not a digest: {1}. Copy the whole digest.', shown, explainDigestProblem(parts)),
  );
}

/** Starts a hash with the algorithm of `digest`. */
export function digestHash(digest: string): Hash {
  return createHash(parseDigest(digest).algorithm);
}

/** Returns the digest of `bytes`. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Shortens a digest to `sha256:7a2fdcafad26`, enough for a person to tell two apart. */
export function shortDigest(digest: string): string {
  const parts = tryParseDigest(digest);
  return parts === undefined ? digest : `${parts.algorithm}:${parts.hex.slice(0, 12)}`;
}
