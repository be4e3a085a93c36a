/**
 * How one exchange goes over the wire: the seam between the registry client and the network. The client's own
 * sender is undiciSender.ts; `dispatcher/` has one that knows proxies, certificates and the editor's networking.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Zone } from './zone.ts';

/** Milliseconds. */
export const CONNECT_TIMEOUT_MS = 15_000;
/** Milliseconds that a connection waits for another request, unless its server says less in `Keep-Alive`. */
export const KEEP_ALIVE_MS = 60_000;

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What is sent with a request: bytes, which can be sent again, or a stream, which cannot. */
export type HttpBody = Uint8Array | string | Readable;

/** One exchange, without redirects. */
export interface SendRequest {
  readonly method: HttpMethod;
  readonly url: URL;
  /** Names in lower case. A stream's length goes into `content-length`; without it the body is chunked. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: HttpBody | undefined;
  /**
   * The limit for the addresses of a host that an answer led to. Defaults to `local`, for hosts that the user named.
   * A sender that looks names up itself connects to no address beyond it.
   */
  readonly within?: Zone | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes a piece of a body. The piece is the reader's buffer: it may be used until the call returns, and not after.
 * Where a promise is returned, no more is read until it is settled; `enough` ends the reading.
 */
export type Sink = (piece: Uint8Array) => undefined | 'enough' | Promise<void>;

/** A body as it comes in, for one reader, who iterates it or pours it. */
export interface AnswerBody extends AsyncIterable<Buffer> {
  /** Gives all pieces to a sink, without a copy in between. @throws what the network or the sink throws. */
  pour(sink: Sink): Promise<void>;
  /** Ends it, whoever reads it gets the error; and ends the connection where more would come. */
  destroy(error?: Error): void;
}

/** An answer whose body was not read yet. */
export interface SentAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AnswerBody;
  /** The network of the address that answered; undefined if a proxy or the editor talked to it. */
  readonly zone?: Zone | undefined;
}

/** Sends requests over a network. */
export interface HttpSender {
  /**
   * One exchange. Every status is an answer, redirects too; the body is not decoded.
   * @throws whatever the network gave, or a ModelError that is shown as it is.
   */
  send(request: SendRequest): Promise<SentAnswer>;
  /** Ends idle connections and running requests. */
  close(): Promise<void>;
}

/** Whether a body can be sent a second time. */
export function isReplayable(body: HttpBody | undefined): boolean {
  return body === undefined || typeof body === 'string' || body instanceof Uint8Array;
}
