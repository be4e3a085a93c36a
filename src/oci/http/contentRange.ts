/**
 * Answers to a request for a part of a blob (RFC 9110, 14.4):
 *   Content-Range = "bytes" SP first "-" last "/" ( total / "*" )
 */

import { encodingOf } from './decoded.ts';

/** The part in an answer, in bytes; `last` is included. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  /** Bytes of the whole blob; undefined if the server does not say. */
  readonly total: number | undefined;
}

/** Returns the range of an answer, or undefined unless there is exactly one valid `Content-Range` in bytes. */
export function parseContentRange(headerLines: readonly string[]): ContentRange | undefined {
  const [line, another] = headerLines;
  if (line === undefined || another !== undefined) return undefined;
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/i.exec(line.trim());
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2]);
  const total = match[3] === '*' ? undefined : Number(match[3]);
  if (last < first || (total !== undefined && last >= total)) return undefined;
  return { first, last, total };
}

/** The request and the answer, as far as they decide where the body belongs. */
export interface PartialAnswer {
  /** Bytes that are already present, where the part should start. */
  readonly offset: number;
  /** The first byte that was not asked for. Defaults to the end of the blob. */
  readonly end?: number | undefined;
  /** Bytes of the whole blob. */
  readonly size: number;
  readonly status: number;
  readonly contentRange: readonly string[];
  readonly contentEncoding: string | undefined;
}

/**
 * Bytes of a part that is shorter than asked for, below which the server counts as one without parts; less for small
 * blobs. A server that sends a byte at a time would be asked for each of billions.
 */
const MIN_SHORT_PART = 16 * 1024;

function isTooShort({ first, last }: ContentRange, end: number, size: number): boolean {
  return last + 1 < end && last + 1 - first < Math.min(MIN_SHORT_PART, size / 8);
}

/**
 * Decides about an answer to `Range: bytes=offset-(end-1)`:
 * - `append`: the body continues at the offset;
 * - `from-start`: the body is the whole blob, from byte 0;
 * - `without-range`: the answer is unusable; request the whole blob once;
 * - `failed`: it is an error like any other.
 *
 * A body that is labeled as encoded is never appended, because its offsets may count other bytes. A whole one is
 * accepted as it is: no encoding was requested, object stores keep labels of uploads, and the digest decides in the end.
 */
export function judgePartialAnswer(
  answer: PartialAnswer,
): 'append' | 'from-start' | 'without-range' | 'failed' {
  const { offset, size, end = size, status } = answer;
  const encoded = encodingOf(answer.contentEncoding) !== undefined;
  if (status === 416) return 'without-range';
  if (status === 200) return 'from-start';
  if (status !== 206) return 'failed';
  const range = parseContentRange(answer.contentRange);
  if (encoded || range === undefined || range.first !== offset || range.last >= size) return 'without-range';
  if (isTooShort(range, end, size)) return 'without-range';
  return range.total === undefined || range.total === size ? 'append' : 'without-range';
}
