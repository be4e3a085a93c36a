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

/**
 * Pieces after which the socket rests for a turn of the event loop. A server may send a piece for each byte. Fewer would
 * have undici copy the rest of the socket's buffer too often.
 */
const PIECES_IN_TURN = 12_000;

/** The reason for ending a body whose reader has enough. */
const ENOUGH = new Error('The rest of the body is not wanted.');

type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;

/** Bytes up to which small pieces are joined. */
const JOINED_BYTES = 64 * 1024;

/**
 * Pieces of a body in their order. Small ones are joined, because a server may send one byte at a time, and a piece of
 * one byte takes as much memory as a hundred bytes.
 */
export class JoinedPieces {
  #pieces: Buffer[] = [];
  /** The last piece, with room for more. */
  #open: Buffer | undefined;
  #used = 0;
  #bytes = 0;

  /** Bytes of all pieces. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a copy of a piece. */
  push(piece: Uint8Array): void {
    this.#bytes += piece.length;
    const needed = this.#used + piece.length;
    if (this.#open === undefined || needed > JOINED_BYTES) {
      this.#closeLast();
      this.#open = Buffer.from(piece);
      this.#used = piece.length;
      return;
    }
    if (needed > this.#open.length) {
      const larger = Buffer.allocUnsafe(Math.min(JOINED_BYTES, Math.max(needed, 2 * this.#open.length)));
      this.#open.copy(larger, 0, 0, this.#used);
      this.#open = larger;
    }
    this.#open.set(piece, this.#used);
    this.#used = needed;
  }

  /** Takes the first piece. */
  shift(): Buffer | undefined {
    if (this.#pieces.length === 0) this.#closeLast();
    const piece = this.#pieces.shift();
    this.#bytes -= piece?.length ?? 0;
    return piece;
  }

  clear(): void {
    this.#pieces = [];
    this.#open = undefined;
    this.#used = 0;
    this.#bytes = 0;
  }

  /** Takes everything as one piece. */
  takeAll(): Buffer {
    this.#closeLast();
    const all = Buffer.concat(this.#pieces, this.#bytes);
    this.clear();
    return all;
  }

  #closeLast(): void {
    if (this.#open !== undefined) this.#pieces.push(this.#open.subarray(0, this.#used));
    this.#open = undefined;
    this.#used = 0;
  }
}

/** An answer's body that queues its pieces until they are taken. */
class QueuedBody implements AnswerBody {
  readonly #controller: Controller;
  readonly #queue = new JoinedPieces();
  #sink: Sink | undefined;
  /** The reasons to pause the socket: a full queue, a sink that asked for time, many pieces in one turn. */
  readonly #holds = new Set<'queue' | 'sink' | 'turn'>();
  #piecesInTurn = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  /** Called when the reader has something new. */
  #wake: () => void = () => {};

  constructor(controller: Controller) {
    this.#controller = controller;
  }

  push(piece: Buffer): void {
    if (this.#ended) return;
    this.#countPiece();
    if (this.#sink !== undefined) {
      this.#give(this.#sink, piece);
      return;
    }
    // A copy, because the buffer may be the socket's own, which is reused when this returns.
    this.#queue.push(piece);
    if (this.#queue.bytes >= QUEUE_BYTES) this.#hold('queue');
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
    this.#queue.clear();
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
    for (let piece = this.#queue.shift(); piece !== undefined; piece = this.#queue.shift()) {
      const taken = sink(piece);
      if (taken === 'enough') return this.destroy();
      if (taken !== undefined) await taken;
    }
    // Only now: pieces may arrive while `resume` runs, and belong after those in the queue.
    this.#sink = sink;
    this.#release('queue');
    while (!this.#ended) await this.#news();
    if (this.#failure !== undefined && this.#failure.error !== ENOUGH) throw this.#failure.error;
  }

  #give(sink: Sink, piece: Buffer): void {
    try {
      const taken = sink(piece);
      if (taken === 'enough') this.destroy(ENOUGH);
      if (!(taken instanceof Promise)) return;
      this.#hold('sink');
      const fail = (error: unknown): void => this.destroy(asError(error));
      taken.then(() => this.#release('sink'), fail);
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
    const piece = this.#queue.shift();
    if (piece !== undefined && this.#queue.bytes === 0) this.#release('queue');
    return piece;
  }

  #countPiece(): void {
    if (++this.#piecesInTurn < PIECES_IN_TURN) return;
    this.#piecesInTurn = 0;
    this.#hold('turn');
    setImmediate(() => this.#release('turn'));
  }

  #hold(reason: 'queue' | 'sink' | 'turn'): void {
    this.#holds.add(reason);
    if (!this.#controller.paused) this.#controller.pause();
  }

  #release(reason: 'queue' | 'sink' | 'turn'): void {
    this.#holds.delete(reason);
    if (this.#holds.size === 0 && !this.#ended && this.#controller.paused) this.#controller.resume();
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
