/**
 * One exchange over an undici dispatcher. Its body is a queue of the pieces as the socket delivers them: undici's own
 * `request` puts a stream around each body, which costs more than everything else when gigabytes arrive.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import {
  type AnswerBody,
  HEADERS_TIMEOUT_MS,
  type SendRequest,
  type SentAnswer,
  type Sink,
} from './sender.ts';

/** Bytes in the queue at which the socket is paused until all of them are taken. */
const QUEUE_BYTES = 1024 * 1024;

/** The reason for ending a body whose reader has enough. */
const ENOUGH = new Error('The rest of the body is not wanted.');

type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;

/** An answer's body that queues its pieces until they are taken. */
class QueuedBody implements AnswerBody {
  readonly #controller: Controller;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #sink: Sink | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  /** Called when the reader has something new. */
  #wake: () => void = () => {};

  constructor(controller: Controller) {
    this.#controller = controller;
  }

  push(piece: Buffer): void {
    if (this.#ended) return;
    if (this.#sink !== undefined) {
      this.#give(this.#sink, piece);
      return;
    }
    // The buffer may be the socket's own, which is reused when this returns.
    this.#pieces.push(Buffer.from(piece));
    this.#bytes += piece.length;
    if (this.#bytes >= QUEUE_BYTES) this.#pause();
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure = { error };
    this.#ended = true;
    this.#wake();
  }

  destroy(error: Error = new Error('The body is not wanted any more.')): void {
    this.#pieces = [];
    this.#bytes = 0;
    if (this.#ended) return;
    this.fail(error);
    this.#controller.abort(error);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        for (let piece = this.#shift(); piece !== undefined; piece = this.#shift()) yield piece;
        if (this.#ended) break;
        await this.#news();
      }
    } finally {
      this.destroy();
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async pour(sink: Sink): Promise<void> {
    for (let piece = this.#pieces.shift(); piece !== undefined; piece = this.#pieces.shift()) {
      this.#bytes -= piece.length;
      const taken = sink(piece);
      if (taken === 'enough') return this.destroy();
      if (taken !== undefined) await taken;
    }
    // Only now: pieces may arrive while `resume` runs, and belong after those in the queue.
    this.#sink = sink;
    this.#resume();
    while (!this.#ended) await this.#news();
    if (this.#failure !== undefined && this.#failure.error !== ENOUGH) throw this.#failure.error;
  }

  #give(sink: Sink, piece: Buffer): void {
    try {
      const taken = sink(piece);
      if (taken === 'enough') this.destroy(ENOUGH);
      if (!(taken instanceof Promise)) return;
      this.#pause();
      const fail = (error: unknown): void => this.destroy(asError(error));
      taken.then(() => this.#resume(), fail);
    } catch (error) {
      this.destroy(asError(error));
    }
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #shift(): Buffer | undefined {
    const piece = this.#pieces.shift();
    if (piece === undefined) return undefined;
    this.#bytes -= piece.length;
    if (this.#bytes === 0) this.#resume();
    return piece;
  }

  #pause(): void {
    if (!this.#controller.paused) this.#controller.pause();
  }

  #resume(): void {
    if (!this.#ended && this.#controller.paused) this.#controller.resume();
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** Turns undici's events into an answer with a body. */
class Exchange implements Handler {
  readonly answer: Promise<SentAnswer>;
  readonly #signal: AbortSignal | undefined;
  readonly #interimMs: number | undefined;
  /** Runs from the first interim answer on, each of which starts undici's own timer again. */
  #interim: NodeJS.Timeout | undefined;
  readonly #onAbort = (): void => this.#abort();
  #resolve!: (answer: SentAnswer) => void;
  #reject!: (error: unknown) => void;
  #controller: Controller | undefined;
  #body: QueuedBody | undefined;

  /** @param interimMs milliseconds from the first interim answer to the final one. Defaults to no limit. */
  constructor(signal: AbortSignal | undefined, interimMs: number | undefined) {
    this.#signal = signal;
    this.#interimMs = interimMs;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#signal?.aborted) this.#abort();
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders): void {
    // An interim answer (1xx); the final one follows.
    if (status < 200) {
      this.#waitForFinal(controller);
      return;
    }
    clearTimeout(this.#interim);
    this.#body = new QueuedBody(controller);
    this.#resolve({ status, headers, body: this.#body });
  }

  onResponseData(_: Controller, piece: Buffer): void {
    this.#body?.push(piece);
  }

  onResponseEnd(): void {
    this.#finish();
    // undici frees the connection in the next turn. A caller that sent another request before would get a new one.
    setImmediate(() => setImmediate(() => this.#body?.end()));
  }

  onResponseError(_: Controller | undefined, error: Error): void {
    this.fail(error);
  }

  fail(error: unknown): void {
    this.#finish();
    this.#reject(error);
    this.#body?.fail(error);
  }

  #waitForFinal(controller: Controller): void {
    if (this.#interimMs === undefined) return;
    this.#interim ??= setTimeout(() => {
      controller.abort(
        Object.assign(new Error('No final answer came.'), { code: 'UND_ERR_HEADERS_TIMEOUT' }),
      );
    }, this.#interimMs);
  }

  #finish(): void {
    clearTimeout(this.#interim);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  /** Rejects the caller. A request that waits for a connection cannot be withdrawn, but its caller need not wait. */
  #abort(): void {
    const error = asError(this.#signal?.reason);
    this.#controller?.abort(error);
    this.fail(error);
  }
}

/** Makes one exchange, without redirects. @throws undici's errors, or the signal's reason. */
export async function sendWith(dispatcher: Dispatcher, request: SendRequest): Promise<SentAnswer> {
  const { method, url, headers, body, signal, headersTimeoutMs = HEADERS_TIMEOUT_MS } = request;
  signal?.throwIfAborted();
  // An upload may take any time between the two.
  const exchange = new Exchange(signal, body === undefined ? headersTimeoutMs : undefined);
  const options = {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method,
    headers,
    body: body ?? null,
    headersTimeout: headersTimeoutMs,
    // undici's own timer counts the time in which nobody reads; HttpClient's does not.
    bodyTimeout: 0,
  };
  try {
    dispatcher.dispatch(options, exchange);
  } catch (error) {
    exchange.fail(error);
  }
  return exchange.answer;
}
