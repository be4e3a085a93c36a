/**
 * HTTP for the registry client: one exchange at a time, redirects by hand, and bodies that can neither stall nor grow
 * without bounds. The sender decides how an exchange is transmitted.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { cancelledError, ModelError, throwIfCancelled } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { FLOOR_WINDOW_MS, SpeedFloor } from '../../base/speedFloor.ts';
import { parseUrl } from '../../base/url.ts';
import { networkError } from './answerErrors.ts';
import { decoded } from './decoded.ts';
import { JoinedPieces } from './exchange.ts';
import type { AnswerBody, HttpSender, SendRequest, Sink } from './sender.ts';
import { UndiciSender } from './undiciSender.ts';
import type { Zone } from './zone.ts';

/** Redirects that are followed, as in curl and Go. */
export const MAX_REDIRECTS = 10;
/** Milliseconds without a byte after which a body fails. */
const STALL_MS = 30_000;
/** The limits within which the rest of an unwanted body is read to keep its connection: bytes, and milliseconds. */
const DISCARD_BYTES = 64 * 1024;
const DISCARD_MS = 2_000;
/** Milliseconds for the beginning of a body, such as an error's. */
const START_MS = 5_000;
/**
 * Milliseconds for a small body, such as a manifest, and the bytes that earn it another second. A server that sends a
 * byte now and then never stalls, and would never finish.
 */
const SMALL_BODY_MS = 15_000;
const SMALL_BODY_BYTES_PER_SECOND = 4 * 1024;
/** Milliseconds without a byte after which a late body counts as stalled, and may arrive at the next attempt. */
const SILENCE_MS = 5_000;

/** Settings of an {@link HttpClient}. */
export interface HttpOptions {
  /**
   * Makes the exchanges, with proxies and certificates. Takes precedence over `dispatcher`, and is not closed by this
   * client.
   */
  readonly sender?: HttpSender | undefined;
  /** Makes connections if there is no sender. Defaults to an own pool. */
  readonly dispatcher?: Dispatcher | undefined;
  readonly userAgent?: string | undefined;
  readonly log?: Log | undefined;
  /** Milliseconds without a byte after which a body fails. Defaults to 30000. */
  readonly stallMs?: number | undefined;
  /** Milliseconds for a small body such as a manifest, more for longer ones. Defaults to 15000. */
  readonly smallBodyMs?: number | undefined;
  /** Milliseconds of a monotonic clock, by which the speed of large bodies is measured. */
  readonly now?: (() => number) | undefined;
}

/** A GET request. */
export type HttpRequest = Omit<SendRequest, 'method' | 'body'>;

/** An answer whose body is still unread. It must be read or discarded. */
export interface HttpAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AnswerBody;
  readonly signal: AbortSignal | undefined;
  /** See {@link SentAnswer}. */
  readonly zone?: Zone | undefined;
  /** The limit of the request. */
  readonly within?: Zone | undefined;
}

/** Returns the values of a header, one for each line. @param name lower case. */
export function headerLines(headers: IncomingHttpHeaders, name: string): readonly string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** Returns the first value of a header. @param name lower case. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  return headerLines(headers, name)[0];
}

/** Returns the target of a redirect, or undefined if the answer is not one. */
export function redirectTarget(answer: HttpAnswer): URL | undefined {
  const location = header(answer.headers, 'location');
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return undefined;
  return parseUrl(location, answer.url);
}

/** Returns the error of a body that arrives too slowly. */
function slowError(url: URL, bytes: number, ms: number, retryable: boolean): ModelError {
  const message = t(
    '{0} sent only {1} bytes in {2} seconds. Check the network and try again later.',
    url.host,
    bytes,
    Math.round(ms / 1000),
  );
  return new ModelError('offline', message, { registry: url.host, retryable });
}

/** Sends requests. Failures of the network are ModelErrors; every HTTP status is an answer. */
export class HttpClient {
  readonly #userAgent: string;
  readonly #log: Log;
  readonly #stallMs: number;
  readonly #smallBodyMs: number;
  readonly #now: () => number;
  readonly #sender: HttpSender;
  readonly #ownsSender: boolean;

  constructor(options: HttpOptions = {}) {
    this.#userAgent = options.userAgent ?? 'oci-models';
    this.#log = options.log ?? silentLog;
    this.#stallMs = options.stallMs ?? STALL_MS;
    this.#smallBodyMs = options.smallBodyMs ?? SMALL_BODY_MS;
    this.#now = options.now ?? (() => performance.now());
    this.#sender = options.sender ?? new UndiciSender(options.dispatcher);
    this.#ownsSender = options.sender === undefined;
  }

  /**
   * Makes one GET exchange, without following redirects.
   * @throws ModelError `offline` (retryable), `tls` or `cancelled`.
   */
  async get(request: HttpRequest): Promise<HttpAnswer> {
    return this.send({ ...request, method: 'GET' });
  }

  /**
   * Makes one exchange of any method, without following redirects. A stream is read once, and destroyed if the exchange
   * fails.
   * @throws ModelError `offline` (retryable), `tls` or `cancelled`.
   */
  async send(request: SendRequest): Promise<HttpAnswer> {
    const { method, url, signal, within } = request;
    throwIfCancelled(signal);
    const started = performance.now();
    // Digests and offsets count bytes as stored.
    const headers = {
      'user-agent': this.#userAgent,
      'accept-encoding': 'identity',
      ...request.headers,
    };
    try {
      const answer = await this.#sender.send({ ...request, headers });
      const ms = Math.round(performance.now() - started);
      this.#log.debug(`${method} ${url.origin}${url.pathname} → ${answer.status} in ${ms} ms`);
      return { url, signal, within, ...answer };
    } catch (error) {
      throw networkError(error, url.host, signal);
    }
  }

  /**
   * Yields the pieces of a body as they arrive. Ending the iteration early ends the connection.
   * @throws ModelError `offline` (retryable) if the connection breaks or no byte arrives for the stall time, or
   * `cancelled`.
   */
  async *readBody(answer: HttpAnswer): AsyncGenerator<Buffer, void, undefined> {
    const { body, url, signal } = answer;
    const watchdog = this.#watch(answer);
    const pieces: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        if (signal?.aborted) throw cancelledError(signal.reason);
        watchdog.wait();
        const next = await pieces.next();
        watchdog.rest();
        if (next.done === true) return;
        yield next.value;
      }
    } catch (error) {
      throw networkError(error, url.host, signal);
    } finally {
      watchdog.end();
      body.destroy();
    }
  }

  /**
   * Works as {@link readBody}, but pours into a sink without copying. For bodies of any size, which may be slow but not
   * endless; see base/speedFloor.ts.
   * @throws also the sink's error if it is a ModelError.
   */
  async pourBody(answer: HttpAnswer, sink: Sink): Promise<void> {
    const { body, url, signal } = answer;
    const watchdog = this.#watch(answer);
    const floor = new SpeedFloor(this.#now);
    const wait = (): void => {
      watchdog.wait();
      floor.wait();
    };
    wait();
    const watched: Sink = (piece) => {
      if (signal?.aborted) throw cancelledError(signal.reason);
      wait();
      const taken = sink(piece);
      const tooFew = floor.received(piece.length);
      if (tooFew !== undefined) throw slowError(url, tooFew, FLOOR_WINDOW_MS, true);
      if (!(taken instanceof Promise)) return taken;
      watchdog.rest();
      floor.rest();
      return taken.then(wait);
    };
    try {
      await body.pour(watched);
    } catch (error) {
      throw networkError(error, url.host, signal);
    } finally {
      watchdog.end();
      body.destroy();
    }
  }

  /** Ends a stalled body. Only the time in which this side waits for the server counts. */
  #watch({ body, url }: HttpAnswer): { wait(): void; rest(): void; end(): void } {
    let waiting = false;
    const timer = setTimeout(() => {
      if (!waiting) return;
      const seconds = this.#stallMs / 1000;
      const message = t(
        '{0} sent nothing for {1} seconds. Check the network and try again.',
        url.host,
        seconds,
      );
      body.destroy(new ModelError('offline', message, { registry: url.host, retryable: true }));
    }, this.#stallMs);
    return {
      wait: () => {
        waiting = true;
        timer.refresh();
      },
      rest: () => {
        waiting = false;
      },
      end: () => clearTimeout(timer),
    };
  }

  /**
   * Works as {@link readBody}, for a body that a person waits for: it may not take longer than its size justifies.
   * @throws also ModelError `offline` if it does, retryable if it had stalled.
   */
  async *readSmall(answer: HttpAnswer): AsyncGenerator<Buffer, void, undefined> {
    const { body, url } = answer;
    const started = performance.now();
    let length = 0;
    let lastByte = started;
    const late = (): void => {
      const now = performance.now();
      body.destroy(slowError(url, length, now - started, now - lastByte > SILENCE_MS));
    };
    let timer = setTimeout(late, this.#smallBodyMs);
    try {
      for await (const piece of this.readBody(answer)) {
        clearTimeout(timer);
        length += piece.length;
        lastByte = performance.now();
        yield piece;
        const allowed = this.#smallBodyMs + (1000 * length) / SMALL_BODY_BYTES_PER_SECOND;
        timer = setTimeout(late, Math.max(0, started + allowed - performance.now()));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Reads a whole body of at most `maxBytes`, decoded if it is encoded. Returns undefined if it is larger, and ends it.
   */
  async readAll(answer: HttpAnswer, maxBytes: number): Promise<Buffer | undefined> {
    const pieces = new JoinedPieces();
    for await (const piece of this.readSmall(answer)) {
      if (pieces.bytes + piece.length > maxBytes) return undefined;
      pieces.push(piece);
    }
    return decoded(pieces.takeAll(), header(answer.headers, 'content-encoding'), maxBytes);
  }

  /** Reads the first bytes of a body whose rest does not matter, such as an error's. A broken body is a short one. */
  async readStart(answer: HttpAnswer, maxBytes: number, ms: number = START_MS): Promise<Buffer> {
    const pieces = new JoinedPieces();
    const timer = setTimeout(() => answer.body.destroy(), ms);
    try {
      for await (const piece of this.readBody(answer)) {
        pieces.push(piece);
        if (pieces.bytes >= maxBytes) break;
      }
    } catch (error) {
      if (answer.signal?.aborted) throw error;
      this.#log.debug(`The body of an answer of ${answer.url.host} broke off.`);
    } finally {
      clearTimeout(timer);
    }
    return pieces.takeAll().subarray(0, maxBytes);
  }

  /** Works as {@link readStart} for an error's body, which is decoded if it is encoded. One that was cut stays encoded. */
  async readError(answer: HttpAnswer, maxBytes: number): Promise<Buffer> {
    const start = await this.readStart(answer, maxBytes);
    const whole = await decoded(start, header(answer.headers, 'content-encoding'), maxBytes);
    return whole ?? Buffer.alloc(0);
  }

  /** Discards an answer. A short rest of its body is read, so that the connection can be reused. */
  async discard(answer: HttpAnswer): Promise<void> {
    await this.readStart(answer, DISCARD_BYTES, DISCARD_MS);
  }

  /** Ends the connections of the own pool, but not those of a given sender or dispatcher. */
  async close(): Promise<void> {
    if (this.#ownsSender) await this.#sender.close();
  }
}
