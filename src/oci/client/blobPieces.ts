/** Bodies of blobs that have exactly the promised number of bytes, or fail. */
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { encodingOf } from '../http/decoded.ts';
import { type HttpClient, header } from '../http/http.ts';
import { type AskedFor, errorInPlace, IN_PLACE_BYTES, otherContent } from '../http/inPlace.ts';
import type { Sink } from '../http/sender.ts';
import { printable } from '../spec/reason.ts';
import { sizeMismatch } from './clientContext.ts';
import type { RegistryAnswer } from './requester.ts';

/** The pieces of a body, for one reader that iterates or pours them. */
export interface BlobPieces extends AsyncIterable<Uint8Array> {
  /** Passes all pieces to a sink without copying. @throws the sink's error as it is. */
  pour(sink: Sink): Promise<void>;
}

/** An empty body. */
export const NOTHING: BlobPieces = {
  async *[Symbol.asyncIterator]() {},
  async pour() {},
};

/** A body of bytes in memory. */
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

/** A body that is checked to have exactly `length` bytes. */
export class Counted implements BlobPieces {
  readonly #http: HttpClient;
  readonly #answer: RegistryAnswer;
  readonly #length: number;
  readonly #asked: AskedFor;
  /** The beginning of a whole body, kept because it may be another content than the requested one. */
  readonly #start: Buffer[] = [];
  #left: number;

  /** @param length bytes. */
  constructor(http: HttpClient, answer: RegistryAnswer, length: number, asked: AskedFor) {
    this.#http = http;
    this.#answer = answer;
    this.#length = length;
    this.#asked = asked;
    this.#left = length;
  }

  /** Only small content is iterated, which a person waits for. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of this.#http.readSmall(this.#answer.http)) {
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

  /** @throws ModelError before a piece that is not part of the content reaches the reader. */
  #count(piece: Uint8Array): void {
    const before = this.#length - this.#left;
    this.#left -= piece.length;
    this.#keepStart(piece, before);
    if (this.#left < 0) throw this.#otherContent() ?? this.#tooLong();
    if (before > 0 || this.#left === 0 || this.#answer.http.status !== 200) return;
    const error = errorInPlace(this.#asked, piece);
    if (error !== undefined) throw error;
  }

  #keepStart(piece: Uint8Array, before: number): void {
    if (this.#answer.http.status !== 200 || before >= IN_PLACE_BYTES) return;
    // The next piece reuses this buffer.
    this.#start.push(Buffer.from(piece.subarray(0, IN_PLACE_BYTES - before)));
  }

  /** Returns the error of a complete body that is other content than the requested one. */
  #otherContent(): ModelError | undefined {
    const { http } = this.#answer;
    if (http.status !== 200) return undefined;
    return otherContent(this.#asked, Buffer.concat(this.#start), header(http.headers, 'content-type'));
  }

  /**
   * Returns the error of too many bytes. A whole blob is that long at the registry; a part may be one broken answer.
   */
  #tooLong(): ModelError {
    const { http, subject } = this.#answer;
    if (http.status !== 206) return sizeMismatch(this.#asked.what, this.#length - this.#left, this.#length);
    const message = t(
      '{0} sent more than the requested part of {1}. Try again later.',
      http.url.host,
      this.#asked.what,
    );
    return new ModelError('size-mismatch', message, { registry: subject.registry, retryable: true });
  }

  #requireAll(): void {
    if (this.#left === 0) return;
    const { http, subject } = this.#answer;
    const encoding = encodingOf(header(http.headers, 'content-encoding'));
    if (encoding !== undefined) {
      // The label may be wrong and the bytes right, but these bytes are not the blob's.
      const message = t(
        '{0} sent {1} in an encoding that was not requested (“{2}”). Contact the registry’s operator.',
        http.url.host,
        this.#asked.what,
        printable(encoding),
      );
      throw new ModelError('registry-error', message, { registry: subject.registry });
    }
    const other = this.#otherContent();
    if (other !== undefined) throw other;
    const message = t(
      '{0} closed the connection {1} bytes before the end of {2}. Check the network and try again.',
      http.url.host,
      this.#left,
      this.#asked.what,
    );
    throw new ModelError('offline', message, { registry: subject.registry, retryable: true });
  }
}

/** A mirror's body, whose failure is reported. */
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
