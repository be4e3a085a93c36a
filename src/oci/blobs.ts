/** Getting blobs, whole or from an offset (distribution-spec, "Pulling blobs"). */
import { ModelError } from '../base/error.ts';
import { judgePartialAnswer, parseContentRange } from './contentRange.ts';
import { type RegistryContext, repositoryRequest, sizeMismatch, verifyDigest } from './context.ts';
import type { Descriptor } from './descriptor.ts';
import { shortDigest } from './digest.ts';
import { header, headerLines } from './http.ts';
import { formatReference, type Reference } from './reference.ts';
import type { RegistryAnswer } from './requester.ts';
import { blobUrl } from './urls.ts';

/** Where to start, and what ends it. */
export interface FetchBlobOptions {
  /** Bytes that are there already; 0 where absent. */
  readonly offset?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A blob on its way. */
export interface BlobBody {
  /** Bytes: where the body starts in the blob. */
  readonly offset: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Blobs whose server cannot send parts; kept so that a download does not ask each time. */
const MAX_REMEMBERED = 1000;

function blobName(reference: Reference, { digest }: Descriptor): string {
  return `${shortDigest(digest)} of ${formatReference(reference)}`;
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

/** Reads blobs for the registry client. */
export class BlobReader {
  readonly #context: RegistryContext;
  readonly #withoutParts = new Set<string>();

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** {@link RegistryClient.fetchBlob}. */
  async fetch(reference: Reference, descriptor: Descriptor, options: FetchBlobOptions): Promise<BlobBody> {
    const { offset = 0, signal } = options;
    const { size } = descriptor;
    if (offset === size) return { offset, body: nothing() };
    const key = `${reference.registry} ${descriptor.digest}`;
    const start = offset > size || this.#withoutParts.has(key) ? 0 : offset;
    const answer = await this.#open(reference, descriptor, start, signal);
    const body = await this.#accept(reference, descriptor, start, answer);
    if (body !== undefined) return body;
    // The server cannot send this part, whatever it says of itself: one request for the whole, and no loop.
    await this.#context.http.discard(answer.http);
    if (this.#withoutParts.size >= MAX_REMEMBERED) this.#withoutParts.clear();
    this.#withoutParts.add(key);
    const whole = await this.#open(reference, descriptor, 0, signal);
    const wholeBody = await this.#accept(reference, descriptor, 0, whole);
    if (wholeBody !== undefined) return wholeBody;
    throw await this.#context.requester.failure(whole);
  }

  /** {@link RegistryClient.readBlob}. */
  async readAll(
    reference: Reference,
    descriptor: Descriptor,
    maxBytes: number,
    signal: AbortSignal | undefined,
  ): Promise<Buffer> {
    const what = blobName(reference, descriptor);
    if (descriptor.size > maxBytes) {
      const message = `${what} has ${descriptor.size} bytes, where at most ${maxBytes} are read. Check that the reference names a model.`;
      throw new ModelError('size-mismatch', message, { registry: reference.registry });
    }
    return this.#context.retry(async () => {
      const { body } = await this.fetch(reference, descriptor, { signal });
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      const bytes = Buffer.concat(pieces);
      verifyDigest(bytes, descriptor.digest, what);
      return bytes;
    }, signal);
  }

  /**
   * Asks the registry for a blob from `offset` on. A signed address that a redirect led to may have expired on
   * the way: then the registry is asked once more for a fresh one.
   */
  async #open(
    reference: Reference,
    descriptor: Descriptor,
    offset: number,
    signal: AbortSignal | undefined,
  ): Promise<RegistryAnswer> {
    const { digest, size } = descriptor;
    // The range has an end, because some registries refuse open ones; and offsets count bytes as they are
    // stored, so no encoding may come between.
    const range = offset > 0 ? { range: `bytes=${offset}-${size - 1}` } : {};
    const request = repositoryRequest(this.#context, reference, {
      url: (origin) => blobUrl(origin, reference.repository, digest),
      headers: { accept: '*/*', 'accept-encoding': 'identity', ...range },
      signal,
    });
    const answer = await this.#context.requester.open(request);
    if (!answer.redirected || ![400, 403, 410].includes(answer.http.status)) return answer;
    await this.#context.http.discard(answer.http);
    return this.#context.requester.open(request);
  }

  /** The body of an answer, or undefined where the whole blob has to be asked for. */
  async #accept(
    reference: Reference,
    descriptor: Descriptor,
    offset: number,
    answer: RegistryAnswer,
  ): Promise<BlobBody | undefined> {
    const { headers, status } = answer.http;
    const { size } = descriptor;
    const what = blobName(reference, descriptor);
    const contentRange = headerLines(headers, 'content-range');
    const contentEncoding = header(headers, 'content-encoding');
    switch (judgePartialAnswer({ offset, size, status, contentRange, contentEncoding })) {
      case 'append': {
        const last = parseContentRange(contentRange)?.last ?? size - 1;
        return { offset, body: this.#body(answer, last - offset + 1, what) };
      }
      case 'from-start': {
        const length = Number(header(headers, 'content-length') ?? size);
        if (length === size) return { offset: 0, body: this.#body(answer, size, what) };
        await this.#context.http.discard(answer.http);
        throw sizeMismatch(what, length, size);
      }
      case 'without-range':
        return undefined;
      case 'failed':
        throw await this.#context.requester.failure(answer);
    }
  }

  /** Exactly `length` bytes, or an error. */
  async *#body(
    answer: RegistryAnswer,
    length: number,
    what: string,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let left = length;
    for await (const piece of this.#context.http.readBody(answer.http)) {
      if (piece.length > left) throw sizeMismatch(what, length - left + piece.length, length);
      left -= piece.length;
      yield piece;
    }
    if (left === 0) return;
    const message = `${answer.http.url.host} ended the connection ${left} bytes before the end of ${what}. Check the network and try again.`;
    throw new ModelError('offline', message, { registry: answer.subject.registry, retryable: true });
  }
}
