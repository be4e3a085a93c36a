/**
 * HTTP as the registry client needs it: one exchange at a time, redirects by hand, bodies that cannot stall
 * or grow without bounds. How an exchange goes over the wire is the sender's matter.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { cancelledError, ModelError, throwIfCancelled } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { parseUrl } from '../../base/url.ts';
import { networkError } from './answerErrors.ts';
import { decoded } from './decoded.ts';
import type { AnswerBody, HttpSender, SendRequest, Sink } from './sender.ts';
import { UndiciSender } from './undiciSender.ts';
import type { Zone } from './zone.ts';

/** Redirects that are followed, as in curl's and Go's practice. */
export const MAX_REDIRECTS = 10;
/** Milliseconds without a byte, after which a body is given up. */
const STALL_MS = 30_000;
/** Bytes of an unwanted body that are read so that the connection can be used again, and milliseconds for them. */
const DISCARD_BYTES = 64 * 1024;
const DISCARD_MS = 2_000;
/** Milliseconds for the beginning of a body, such as an error's. */
const START_MS = 5_000;
/**
 * Milliseconds for a small body, such as a manifest, and the bytes that earn it another second. A server that sends
 * a byte now and then never stalls, and would never end.
 */
const SMALL_BODY_MS = 15_000;
const SMALL_BODY_BYTES_PER_SECOND = 4 * 1024;
/** Milliseconds without a byte after which a late body is one that stalled, and may come at the next try. */
const SILENCE_MS = 5_000;

/** Settings of an {@link HttpClient}. */
export interface HttpOptions {
  /** How exchanges are made: proxies, certificates. Goes before `dispatcher`; not closed by this client. */
  readonly sender?: HttpSender | undefined;
  /** How connections are made, where no sender is given. An own pool where absent. */
  readonly dispatcher?: Dispatcher | undefined;
  readonly userAgent?: string | undefined;
  readonly log?: Log | undefined;
  /** Milliseconds without a byte after which a body fails; 30000 where absent. */
  readonly stallMs?: number | undefined;
  /** Milliseconds for a small body such as a manifest, and more the longer it is; 15000 where absent. */
  readonly smallBodyMs?: number | undefined;
}

/** A GET request. */
export type HttpRequest = Omit<SendRequest, 'method' | 'body'>;

/** An answer whose body was not read yet. It must be read, or discarded. */
export interface HttpAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AnswerBody;
  readonly signal: AbortSignal | undefined;
  /** As `SentAnswer` has it. */
  readonly zone?: Zone | undefined;
  /** The limit that was asked with. */
  readonly within?: Zone | undefined;
}

/** The values of a header, one for each line. @param name lower case. */
export function headerLines(headers: IncomingHttpHeaders, name: string): readonly string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** The first value of a header. @param name lower case. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  return headerLines(headers, name)[0];
}

/** Where an answer sends this machine, or undefined where it is no redirect. */
export function redirectTarget(answer: HttpAnswer): URL | undefined {
  const location = header(answer.headers, 'location');
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return undefined;
  return parseUrl(location, answer.url);
}

/** Sends requests. Failures of the network are ModelErrors; every HTTP status is an answer. */
export class HttpClient {
  readonly #userAgent: string;
  readonly #log: Log;
  readonly #stallMs: number;
  readonly #smallBodyMs: number;
  readonly #sender: HttpSender;
  readonly #ownsSender: boolean;

  constructor(options: HttpOptions = {}) {
    this.#userAgent = options.userAgent ?? 'oci-models';
    this.#log = options.log ?? silentLog;
    this.#stallMs = options.stallMs ?? STALL_MS;
    this.#smallBodyMs = options.smallBodyMs ?? SMALL_BODY_MS;
    this.#sender = options.sender ?? new UndiciSender(options.dispatcher);
    this.#ownsSender = options.sender === undefined;
  }

  /**
   * One GET exchange, without following redirects.
   * @throws ModelError `offline` (retryable), `tls` or `cancelled`.
   */
  async get(request: HttpRequest): Promise<HttpAnswer> {
    return this.send({ ...request, method: 'GET' });
  }

  /**
   * One exchange of any method, without following redirects. A stream is read once, and destroyed where the
   * exchange fails.
   * @throws ModelError `offline` (retryable), `tls` or `cancelled`.
   */
  async send(request: SendRequest): Promise<HttpAnswer> {
    const { method, url, signal, within } = request;
    throwIfCancelled(signal);
    const started = performance.now();
    // Digests and offsets count bytes as they are stored.
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
   * The pieces of a body as they come. Ending the iteration early ends the connection.
   * @throws ModelError `offline` (retryable) where the connection breaks or no byte comes for the stall time,
   * or `cancelled`.
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
   * As {@link readBody}, with a sink: nothing is copied on the way.
   * @throws also what the sink throws, where that is a ModelError.
   */
  async pourBody(answer: HttpAnswer, sink: Sink): Promise<void> {
    const { body, url, signal } = answer;
    const watchdog = this.#watch(answer);
    watchdog.wait();
    const watched: Sink = (piece) => {
      if (signal?.aborted) throw cancelledError(signal.reason);
      watchdog.wait();
      const taken = sink(piece);
      if (!(taken instanceof Promise)) return taken;
      watchdog.rest();
      return taken.then(() => watchdog.wait());
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

  /** Ends a body that nothing comes of. Only the time in which this side waits for the other counts. */
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
   * As {@link readBody}, for a body that a person waits for: it may not take longer than its size explains.
   * @throws also ModelError `offline` where it does; retryable where nothing came in the end.
   */
  async *readSmall(answer: HttpAnswer): AsyncGenerator<Buffer, void, undefined> {
    const { body, url } = answer;
    const started = performance.now();
    let length = 0;
    let lastByte = started;
    const late = (): void => {
      const seconds = Math.round((performance.now() - started) / 1000);
      const retryable = performance.now() - lastByte > SILENCE_MS;
      const message = t(
        '{0} sent only {1} bytes in {2} seconds. Check the network and try again later.',
        url.host,
        length,
        seconds,
      );
      body.destroy(new ModelError('offline', message, { registry: url.host, retryable }));
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
   * A whole body of at most `maxBytes`, decoded where it came encoded. One that goes on is cut off.
   * @returns undefined where it is larger.
   */
  async readAll(answer: HttpAnswer, maxBytes: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of this.readSmall(answer)) {
      length += piece.length;
      if (length > maxBytes) return undefined;
      pieces.push(piece);
    }
    return decoded(Buffer.concat(pieces, length), header(answer.headers, 'content-encoding'), maxBytes);
  }

  /** The first bytes of a body whose rest is of no interest, such as an error's. A broken body is a short one. */
  async readStart(answer: HttpAnswer, maxBytes: number, ms: number = START_MS): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => answer.body.destroy(), ms);
    try {
      for await (const piece of this.readBody(answer)) {
        pieces.push(piece);
        length += piece.length;
        if (length >= maxBytes) break;
      }
    } catch (error) {
      if (answer.signal?.aborted) throw error;
      this.#log.debug(`The body of an answer of ${answer.url.host} broke off.`);
    } finally {
      clearTimeout(timer);
    }
    return Buffer.concat(pieces, length).subarray(0, maxBytes);
  }

  /** Lets go of an answer whose body nobody needs. A short rest is read, so that the connection stays. */
  async discard(answer: HttpAnswer): Promise<void> {
    await this.readStart(answer, DISCARD_BYTES, DISCARD_MS);
  }

  /** Ends the connections of the own pool; a sender or a dispatcher from outside stays as it is. */
  async close(): Promise<void> {
    if (this.#ownsSender) await this.#sender.close();
  }
}
