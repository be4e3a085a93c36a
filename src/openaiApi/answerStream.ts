/**
 * The body of an answer as chunks: a stream of events, or one document from a server that does not stream, or an error
 * that a server only found after it had sent status 200.
 */
import { parseSmallJson } from '../base/json.ts';
import { isolated } from '../base/text.ts';
import { type Chunk, readChunk } from './chunk.ts';
import { EventStream } from './eventStream.ts';
import { errorIn, isPage, readServerError, type ServerError } from './serverError.ts';

/** Bytes of a document that is not a stream. */
const MAX_DOCUMENT = 16 * 1024 * 1024;
/** Levels and members of one event or document. Calls with a file in their arguments have it as one text. */
const LIMITS = { depth: 64, members: 200_000 };
const DONE = '[DONE]';
/** `finish` of a stream that came to its end without a reason. */
export const NO_REASON = 'done';

/** A failure that came in the body of a successful answer. */
export class StreamFailure extends Error {
  override readonly name = 'StreamFailure';
  readonly serverError: ServerError;

  constructor(serverError: ServerError) {
    super(isolated(serverError.message));
    this.serverError = serverError;
  }
}

/** A body that is no answer of this API. */
export class ForeignBodyError extends Error {
  override readonly name = 'ForeignBodyError';
}

type Form = 'unknown' | 'events' | 'document';

/** Reads one body. */
export class AnswerStream {
  readonly #events = new EventStream();
  readonly #document: Uint8Array[] = [];
  #documentBytes = 0;
  #form: Form = 'unknown';
  #isDone = false;

  /** True once the server has said that nothing follows. Servers may also just end. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Takes the next bytes. @returns the chunks that are complete.
   * @throws StreamFailure, ForeignBodyError, EventTooLongError.
   */
  *push(bytes: Uint8Array): Generator<Chunk, void, undefined> {
    if (this.#form === 'unknown') this.#form = formOf(bytes);
    if (this.#form === 'document') {
      this.#documentBytes += bytes.length;
      if (this.#documentBytes > MAX_DOCUMENT) throw new ForeignBodyError();
      this.#document.push(Uint8Array.from(bytes));
      return;
    }
    for (const event of this.#events.push(bytes)) yield* this.#read(event.data, event.name);
  }

  /** Ends the body. @throws as {@link push}. */
  *end(): Generator<Chunk, void, undefined> {
    if (this.#form === 'document') {
      yield readDocument(Buffer.concat(this.#document));
      return;
    }
    for (const event of this.#events.end()) yield* this.#read(event.data, event.name);
  }

  *#read(data: string, name: string | undefined): Generator<Chunk, void, undefined> {
    if (this.#isDone) return;
    if (data.trim() === DONE) {
      this.#isDone = true;
      // Some servers give no other reason for the end.
      yield { ...readChunk(undefined), finish: NO_REASON };
      return;
    }
    const json = parseSmallJson(Buffer.from(data), LIMITS);
    const error = errorIn(json) ?? (name === 'error' ? eventError(json, data) : undefined);
    if (error !== undefined) throw new StreamFailure(error);
    if (json !== undefined) yield readChunk(json);
  }
}

/** The data of an event `error` may be the inner object of an error alone. */
function eventError(json: unknown, data: string): ServerError {
  return errorIn({ error: json }) ?? readServerError(Buffer.from(data));
}

/** A body of events begins with a field, a comment or a blank line. */
function formOf(bytes: Uint8Array): Form {
  const [first] = new TextDecoder().decode(bytes).trimStart();
  if (first === undefined) return 'unknown';
  return first === '{' || first === '[' || first === '<' ? 'document' : 'events';
}

function readDocument(bytes: Uint8Array): Chunk {
  const json = parseSmallJson(bytes, LIMITS);
  const error = errorIn(json);
  if (error !== undefined) throw new StreamFailure(error);
  if (json !== undefined) return readChunk(json);
  if (isPage(new TextDecoder().decode(bytes.subarray(0, 1000))))
    throw new StreamFailure(readServerError(bytes));
  throw new ForeignBodyError();
}
