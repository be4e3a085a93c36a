/**
 * The seam between the registry client and the network: one exchange over the wire. The client's own sender is
 * undiciSender.ts; `network/` has one with proxies, certificates and the editor's networking.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Zone } from './zone.ts';

/** Milliseconds. */
export const CONNECT_TIMEOUT_MS = 15_000;
/** Milliseconds for which an idle connection is kept, unless its server says less in `Keep-Alive`. */
export const KEEP_ALIVE_MS = 60_000;

/** Milliseconds from the end of a request until its answer begins. */
export const HEADERS_TIMEOUT_MS = 45_000;

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The body of a request: bytes, which can be sent again, or a stream, which cannot. */
export type HttpBody = Uint8Array | string | Readable;

/** A request for one exchange, without redirects. */
export interface SendRequest {
  readonly method: HttpMethod;
  readonly url: URL;
  /** Headers with names in lower case. A stream needs a `content-length`, or is sent in chunks. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: HttpBody | undefined;
  /**
   * The limit for the addresses of a host that an answer led to. Defaults to `local`, for hosts that the user named. A
   * sender that looks up names itself connects to no address beyond it.
   */
  readonly within?: Zone | undefined;
  /** Milliseconds from the end of the request until the answer begins. Defaults to {@link HEADERS_TIMEOUT_MS}. */
  readonly headersTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Consumes a piece of a body. The piece is the reader's buffer, which is only valid until the call returns. If a
 * promise is returned, reading pauses until it settles; `enough` ends it.
 */
export type Sink = (piece: Uint8Array) => undefined | 'enough' | Promise<void>;

/** An incoming body for one reader, which iterates or pours it. */
export interface AnswerBody extends AsyncIterable<Buffer> {
  /** Passes all pieces to a sink without copying. @throws errors of the network and the sink. */
  pour(sink: Sink): Promise<void>;
  /** Ends the body: its reader gets the error, and the connection is closed if more would follow. */
  destroy(error?: Error): void;
}

/** An answer whose body is still unread. */
export interface SentAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AnswerBody;
  /** The zone of the address that answered; undefined behind a proxy or the editor's networking. */
  readonly zone?: Zone | undefined;
}

/** Sends requests over a network. */
export interface HttpSender {
  /**
   * Makes one exchange. Every status is an answer, redirects too; the body is not decoded.
   * @throws any error of the network, or a ModelError that is shown as it is.
   */
  send(request: SendRequest): Promise<SentAnswer>;
  /** Ends idle connections and running requests. */
  close(): Promise<void>;
}

/** Tells whether a body can be sent a second time. */
export function isReplayable(body: HttpBody | undefined): boolean {
  return body === undefined || typeof body === 'string' || body instanceof Uint8Array;
}
