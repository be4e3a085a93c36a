/** The bodies of blobs: as many bytes as were promised, or an error. */
import { ModelError } from '../base/error.ts';
import { sizeMismatch } from './context.ts';
import { encodingOf } from './decoded.ts';
import { type HttpClient, header } from './http.ts';
import { printable } from './reason.ts';
import type { RegistryAnswer } from './requester.ts';
import type { Sink } from './sender.ts';

/** The pieces of a body, for one reader, who iterates them or pours them. */
export interface BlobPieces extends AsyncIterable<Uint8Array> {
  /** Gives all pieces to a sink, without a copy in between. @throws what the sink throws, as it is. */
  pour(sink: Sink): Promise<void>;
}

/** No pieces at all. */
export const NOTHING: BlobPieces = {
  async *[Symbol.asyncIterator]() {},
  async pour() {},
};

/** Pieces that are there already. */
export class Given implements BlobPieces {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    yield this.#bytes;
  }

  async pour(sink: Sink): Promise<void> {
    const taken = sink(this.#bytes);
    if (taken !== 'enough') await taken;
  }
}

/** Counts the bytes of a body that is to have exactly `length`. */
export class Counted implements BlobPieces {
  readonly #http: HttpClient;
  readonly #answer: RegistryAnswer;
  readonly #length: number;
  readonly #what: string;
  #left: number;

  constructor(http: HttpClient, answer: RegistryAnswer, length: number, what: string) {
    this.#http = http;
    this.#answer = answer;
    this.#length = length;
    this.#what = what;
    this.#left = length;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of this.#http.readBody(this.#answer.http)) {
      this.#count(piece);
      yield piece;
    }
    this.#requireAll();
  }

  async pour(sink: Sink): Promise<void> {
    let enough = false;
    await this.#http.pourBody(this.#answer.http, (piece) => {
      this.#count(piece);
      const taken = sink(piece);
      enough ||= taken === 'enough';
      return taken;
    });
    if (!enough) this.#requireAll();
  }

  #count(piece: Uint8Array): void {
    this.#left -= piece.length;
    if (this.#left < 0) throw this.#tooLong();
  }

  /** Of the whole blob that is what the registry has; of a part it may be one broken answer. */
  #tooLong(): ModelError {
    const { http, subject } = this.#answer;
    if (http.status !== 206) return sizeMismatch(this.#what, this.#length - this.#left, this.#length);
    const message = `${http.url.host} sent more than the part of ${this.#what} that was asked for. Try again later.`;
    return new ModelError('size-mismatch', message, { registry: subject.registry, retryable: true });
  }

  #requireAll(): void {
    if (this.#left === 0) return;
    const { http, subject } = this.#answer;
    const encoding = encodingOf(header(http.headers, 'content-encoding'));
    if (encoding !== undefined) {
      // A label may be wrong and its bytes right; these bytes are others than the blob's.
      const message = `${http.url.host} sent ${this.#what} in a form that was not asked for (“${printable(encoding)}”). Contact the registry's operator.`;
      throw new ModelError('registry-error', message, { registry: subject.registry });
    }
    const message = `${http.url.host} ended the connection ${this.#left} bytes before the end of ${this.#what}. Check the network and try again.`;
    throw new ModelError('offline', message, { registry: subject.registry, retryable: true });
  }
}

/** Pieces of a mirror, which is told on when they break off. */
export class Watched implements BlobPieces {
  readonly #pieces: BlobPieces;
  readonly #onFailure: (error: unknown) => void;

  constructor(pieces: BlobPieces, onFailure: (error: unknown) => void) {
    this.#pieces = pieces;
    this.#onFailure = onFailure;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#pieces;
    } catch (error) {
      this.#onFailure(error);
      throw error;
    }
  }

  async pour(sink: Sink): Promise<void> {
    try {
      await this.#pieces.pour(sink);
    } catch (error) {
      this.#onFailure(error);
      throw error;
    }
  }
}
