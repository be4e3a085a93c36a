/** Everything that a server may do wrong with a request for a part of a blob, each as one answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson } from '../support/fakeRegistry.ts';

/** A request for bytes of a blob, and what the faults need to know. */
export interface PartRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The whole blob. */
  readonly content: Buffer;
  /** The part that was asked for; all of it where no Range was sent. */
  readonly start: number;
  readonly end: number;
  readonly random: () => number;
  /** An address on another host under which the content is, for a while. */
  readonly signed: () => string;
}

/** Answers wrongly. */
export type PartFault = (part: PartRequest) => void;

/** The request for a part, with its range read. */
export function readRange({ headers }: IncomingMessage, size: number): { start: number; end: number } {
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
  return range === null ? { start: 0, end: size } : { start: Number(range[1]), end: Number(range[2]) + 1 };
}

/** The head of an honest answer, without its length. */
function head(
  { request, response, content, start, end }: PartRequest,
  headers: Record<string, string | number>,
): void {
  if (request.headers.range === undefined) response.writeHead(200, headers);
  else
    response.writeHead(206, {
      'content-range': `bytes ${start}-${end - 1}/${content.length}`,
      ...headers,
    });
}

/** The same bytes, but for one bit of the byte at `offset`. */
export function damaged(content: Buffer, offset: number): Buffer {
  const bytes = Buffer.from(content);
  if (offset < bytes.length) bytes.writeUInt8(bytes.readUInt8(offset) ^ 0x10, offset);
  return bytes;
}

function sendAll(part: PartRequest, bytes: Buffer): void {
  head(part, { 'content-length': bytes.length });
  part.response.end(bytes);
}

/** How many bytes of the part are sent before something happens: none, some, or nearly all. */
function someBytes({ start, end, random }: PartRequest): number {
  return Math.floor(random() * (end - start));
}

/** Sends what was asked for. */
export const honestly: PartFault = (part) => sendAll(part, part.content.subarray(part.start, part.end));

/** Answers by the name of what is wrong with them. */
export const FAULTS = {
  /** The connection is cut in the middle. */
  cut(part) {
    head(part, { 'content-length': part.end - part.start });
    part.response.write(part.content.subarray(part.start, part.start + someBytes(part)), () =>
      part.response.destroy(),
    );
  },
  /** Nothing comes any more, and the connection stays. */
  stall(part) {
    head(part, { 'content-length': part.end - part.start });
    part.response.flushHeaders();
    part.response.write(part.content.subarray(part.start, part.start + someBytes(part)));
  },
  unavailable({ response, random }) {
    const again = random() < 0.5 ? { 'retry-after': '0' } : {};
    sendJson(response, 503, { errors: [{ code: 'UNAVAILABLE' }] }, again);
  },
  /** Other bytes than were asked for, and it says so. */
  otherRange(part) {
    const { request, response, content, start, end, random } = part;
    if (request.headers.range === undefined) return honestly(part);
    const from = Math.min(content.length - 1, Math.max(0, start + Math.floor((random() - 0.5) * 200_000)));
    const to = Math.min(content.length, from + end - start);
    const headers = {
      'content-range': `bytes ${from}-${to - 1}/${content.length}`,
      'content-length': to - from,
    };
    response.writeHead(206, headers).end(content.subarray(from, to));
  },
  /** The right bytes, of a blob that it says has another size. */
  otherTotal(part) {
    const { request, response, content, start, end } = part;
    if (request.headers.range === undefined) return honestly(part);
    const headers = {
      'content-range': `bytes ${start}-${end - 1}/${content.length + 1}`,
      'content-length': end - start,
    };
    response.writeHead(206, headers).end(content.subarray(start, end));
  },
  /** Fewer bytes than the range, and the length that it says is theirs. */
  short(part) {
    // Of a whole blob that would be another size than the manifest's, which is final.
    if (part.request.headers.range === undefined) return FAULTS.cut(part);
    sendAll(part, part.content.subarray(part.start, part.start + someBytes(part)));
  },
  /** Fewer bytes than the range, without a length. */
  shortUnknown(part) {
    head(part, {});
    part.response.end(part.content.subarray(part.start, part.start + someBytes(part)));
  },
  /** More bytes than the range, without a length. */
  long(part) {
    head(part, {});
    part.response.write(part.content.subarray(part.start, part.end));
    part.response.end(Buffer.alloc(1 + Math.floor(part.random() * 300_000), 7));
  },
  /** The Range is ignored: the whole blob comes. */
  whole({ response, content }) {
    response.writeHead(200, { 'content-length': content.length }).end(content);
  },
  /** A signed address elsewhere, which ends after some requests. */
  signed({ response, signed }) {
    response.writeHead(307, { location: signed() }).end();
  },
  /** One wrong bit. */
  corrupt(part) {
    sendAll(part, damaged(part.content.subarray(part.start, part.end), someBytes(part)));
  },
} satisfies Record<string, PartFault>;
