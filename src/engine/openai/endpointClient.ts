/**
 * Requests to one endpoint. A generation is sent once: only a server that said it has not begun, because it still loads
 * or has too much to do, or that had closed the kept connection, is asked again. Redirects are not followed, so that the
 * key goes nowhere else.
 */
import { isModelError, ModelError, throwIfCancelled } from '../../base/error.ts';
import { parseSmallJson } from '../../base/json.ts';
import { t } from '../../base/l10n.ts';
import {
  type HttpAnswer,
  type HttpClient,
  header,
  parseRetryAfter,
  type SendRequest,
  sleep,
  wasKeptConnection,
} from '../../oci/index.ts';
import {
  AnswerStream,
  below,
  type Chunk,
  EventTooLongError,
  ForeignBodyError,
  isLoading,
  readServerError,
  rescuedText,
  StreamFailure,
  serverRoot,
} from '../../openaiApi/index.ts';
import { type Asked, endpointAdvice, endpointFailure, type Failed, notThisApi } from './failures.ts';

/** Milliseconds until the answer to a question about models begins. */
const QUESTION_MS = 15_000;
/** Milliseconds until an answer begins: a long prompt takes minutes on a processor. */
const PROMPT_MS = 15 * 60_000;
/** Milliseconds without a byte in the middle of an answer. Comments count as well. */
const SILENCE_MS = 3 * 60_000;
/** Milliseconds in which a server may load its model, and between two looks at it. */
const LOADING_MS = 15 * 60_000;
const LOOK_MS = 500;
/** Milliseconds in which a connection is lost that the server had closed before the request came. */
const STALE_MS = 500;
/** Milliseconds. A longer wait that a server asks for becomes an error that says so. */
const MAX_RETRY_AFTER_MS = 20_000;
/** Milliseconds for the rest of a body whose answer has ended, so that its connection can be used again. */
const REST_MS = 1_000;
/** Bytes of an error, and of a list or count. */
const ERROR_BYTES = 64 * 1024;
const DOCUMENT_BYTES = 16 * 1024 * 1024;
/** Members of a document: a count of tokens may come as a list of them. */
const DOCUMENT_LIMITS = { depth: 32, members: 2_000_000 };

/** The access to endpoints, which the editor gives. */
export interface EndpointAccess {
  readonly http: () => HttpClient;
  /** Returns the API key for an endpoint, or undefined. @param url as `formatEndpointUrl` has it. */
  readonly secret: (url: string) => PromiseLike<string | undefined>;
}

/** The reason why a request waits. */
export type Waiting = 'loading' | 'busy';

/** Options of a stream. */
export interface StreamOptions {
  readonly signal?: AbortSignal | undefined;
  /** The server's name for the model, for messages. */
  readonly model: string;
  /** True for a path below the root of the server rather than below the base of the API. */
  readonly atRoot?: boolean | undefined;
  /** Bytes that the body may have. */
  readonly maxBytes: number;
  /** Called when the server cannot begin yet. */
  readonly onWait?: ((reason: Waiting) => void) | undefined;
}

/** Options of a question about models. */
export interface QuestionOptions {
  readonly signal?: AbortSignal | undefined;
  readonly atRoot?: boolean | undefined;
  /** Milliseconds until the answer begins. Defaults to 15,000. */
  readonly timeoutMs?: number | undefined;
}

/** Asks one endpoint. */
export class EndpointClient {
  readonly #http: HttpClient;
  readonly #base: URL;
  readonly #root: URL;
  readonly #secret: () => PromiseLike<string | undefined>;

  /** @param base such as `http://localhost:8000/v1`. */
  constructor(http: HttpClient, base: URL, secret: () => PromiseLike<string | undefined>) {
    this.#http = http;
    this.#base = base;
    this.#root = serverRoot(base);
    this.#secret = secret;
  }

  get host(): string {
    return this.#base.host;
  }

  /**
   * Asks for a JSON document. @param body of a POST. Defaults to a GET.
   * @throws ModelError of the network, or of an unsuccessful answer.
   */
  async ask(path: string, body?: object, options: QuestionOptions = {}): Promise<unknown> {
    const { signal, atRoot = false, timeoutMs = QUESTION_MS } = options;
    const asked = { host: this.host };
    try {
      const answer = await this.#send(path, body, { signal, atRoot, headersTimeoutMs: timeoutMs });
      if (answer.status !== 200) throw endpointFailure(asked, await this.#failed(answer));
      const bytes = await this.#http.readAll(answer, DOCUMENT_BYTES);
      const json = bytes === undefined ? undefined : parseSmallJson(bytes, DOCUMENT_LIMITS);
      if (json === undefined) throw notThisApi(asked);
      return json;
    } catch (error) {
      throw endpointAdvice(error, asked);
    }
  }

  /** Asks for a document below the root of the server. Returns undefined if that fails, other than by cancellation. */
  async tryAsk(
    path: string,
    body?: object,
    options: Pick<QuestionOptions, 'signal' | 'timeoutMs'> = {},
  ): Promise<unknown> {
    try {
      return await this.ask(path, body, { ...options, atRoot: true });
    } catch (error) {
      if (isModelError(error, 'cancelled')) throw error;
      return undefined;
    }
  }

  /**
   * Starts a generation, and yields its chunks. Ending the iteration closes the request.
   * @throws ModelError of the network, of an unsuccessful answer or `cancelled`; StreamFailure for an error in the stream.
   */
  async *generate(
    path: string,
    body: object,
    options: StreamOptions,
  ): AsyncGenerator<Chunk, void, undefined> {
    const asked = { host: this.host, model: options.model };
    const answer = await this.#begin(path, body, options, asked);
    const stream = new AnswerStream();
    try {
      for await (const bytes of this.#pieces(answer, stream, options.maxBytes)) yield* stream.push(bytes);
      yield* stream.end();
    } catch (error) {
      if (error instanceof ForeignBodyError) throw notThisApi(asked);
      if (error instanceof EventTooLongError) throw tooLong(asked);
      if (error instanceof StreamFailure && error.serverError.isPage) throw notThisApi(asked);
      throw error;
    }
  }

  /** Sends a generation until the server has begun with it. */
  async #begin(path: string, body: object, options: StreamOptions, asked: Asked): Promise<HttpAnswer> {
    const { signal, atRoot = false, onWait } = options;
    const deadline = performance.now() + LOADING_MS;
    for (;;) {
      const answer = await this.#send(path, body, { signal, atRoot, headersTimeoutMs: PROMPT_MS }).catch(
        (error: unknown) => {
          throw endpointAdvice(error, asked);
        },
      );
      if (answer.status === 200) return answer;
      const failed = await this.#failed(answer);
      const wait = waitFor(failed);
      if (wait === undefined || performance.now() + wait.ms > deadline) {
        // The text of the model is an answer, whatever the server makes of it.
        if (rescuedText(failed.error) !== undefined) throw new StreamFailure(failed.error);
        throw endpointFailure(asked, failed);
      }
      onWait?.(wait.reason);
      await sleep(wait.ms, signal);
    }
  }

  async #send(
    path: string,
    body: object | undefined,
    options: {
      readonly signal: AbortSignal | undefined;
      readonly atRoot: boolean;
      readonly headersTimeoutMs: number;
    },
  ): Promise<HttpAnswer> {
    const { signal, atRoot, headersTimeoutMs } = options;
    throwIfCancelled(signal);
    const secret = await this.#secret();
    const request: SendRequest = {
      method: body === undefined ? 'GET' : 'POST',
      url: below(atRoot ? this.#root : this.#base, path),
      headers: {
        accept: body === undefined ? 'application/json' : 'application/json, text/event-stream',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      headersTimeoutMs,
      signal,
    };
    const started = performance.now();
    return this.#http.send(request).catch((error: unknown) => {
      // It did not begin with this request; one that it ended later may have cost a generation.
      if (performance.now() - started > STALE_MS || !wasKeptConnection(error)) throw error;
      return this.#http.send(request);
    });
  }

  async #failed(answer: HttpAnswer): Promise<Failed> {
    const error = readServerError(await this.#http.readStart(answer, ERROR_BYTES));
    const retryAfterMs = parseRetryAfter(header(answer.headers, 'retry-after'), Date.now());
    return { status: answer.status, error, retryAfterMs };
  }

  /** Yields the pieces of a body until the answer in it has ended, and reads its rest in the background. */
  async *#pieces(
    answer: HttpAnswer,
    stream: AnswerStream,
    maxBytes: number,
  ): AsyncGenerator<Buffer, void, undefined> {
    const { host } = this;
    const pieces = this.#http.readBody(answer);
    const silent = (): void =>
      answer.body.destroy(
        new ModelError(
          'offline',
          t('{0} stopped in the middle of an answer. Check the server and the network.', host),
        ),
      );
    let timer: NodeJS.Timeout | undefined;
    let length = 0;
    try {
      for (;;) {
        const next = await pieces.next();
        if (next.done === true) return;
        clearTimeout(timer);
        length += next.value.length;
        if (length > maxBytes) throw tooLong({ host });
        yield next.value;
        if (stream.isDone) return;
        timer = setTimeout(silent, SILENCE_MS);
      }
    } finally {
      clearTimeout(timer);
      if (stream.isDone) void drain(answer, pieces);
      else await pieces.return();
    }
  }
}

/** The end of a body follows its last event at once; a server that keeps it open loses the connection. */
async function drain({ body }: HttpAnswer, pieces: AsyncGenerator<Buffer, void, undefined>): Promise<void> {
  const timer = setTimeout(() => body.destroy(), REST_MS);
  try {
    for (;;) {
      const { done } = await pieces.next();
      if (done === true) return;
    }
  } catch {
    // The answer is whole already.
  } finally {
    clearTimeout(timer);
  }
}

function waitFor({ status, error, retryAfterMs }: Failed): { reason: Waiting; ms: number } | undefined {
  if (isLoading(status, error)) return { reason: 'loading', ms: Math.min(retryAfterMs ?? LOOK_MS, 10_000) };
  if (status !== 429 || retryAfterMs === undefined || retryAfterMs > MAX_RETRY_AFTER_MS) return undefined;
  return { reason: 'busy', ms: Math.max(retryAfterMs, LOOK_MS) };
}

function tooLong({ host }: Asked): ModelError {
  return new ModelError(
    'engine-error',
    t('{0} sent more than was asked for, so the answer was ended. Check the server.', host),
  );
}
