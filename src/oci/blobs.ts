/** Getting blobs, whole or from an offset (distribution-spec, "Pulling blobs"). */
import { ModelError } from '../base/error.ts';
import { judgePartialAnswer, parseContentRange } from './contentRange.ts';
import { type PullParts, type RegistryContext, sizeMismatch, verifyDigest } from './context.ts';
import type { Descriptor } from './descriptor.ts';
import { shortDigest } from './digest.ts';
import { header, headerLines } from './http.ts';
import type { Endpoint } from './mirrors.ts';
import { formatReference, type Reference } from './reference.ts';
import type { RegistryAnswer, RegistryRequest } from './requester.ts';
import { blobUrl } from './urls.ts';

/** Where to start, and what ends it. */
export interface FetchBlobOptions {
  /** Bytes that are there already; 0 where absent. */
  readonly offset?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether mirrors are left out, such as after one sent other content than it should have. */
  readonly withoutMirrors?: boolean | undefined;
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
    const { offset = 0, signal, withoutMirrors } = options;
    if (offset === descriptor.size) return { offset, body: nothing() };
    const parts = { ...this.#parts(descriptor, signal), withoutMirrors };
    return this.#context.pull(reference, parts, (request, endpoint) =>
      this.#fetchFrom(endpoint, request, descriptor, offset),
    );
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
    if (descriptor.size === 0) return Buffer.alloc(0);
    const attempt = async (request: RegistryRequest, endpoint: Endpoint): Promise<Buffer> => {
      const { body } = await this.#fetchFrom(endpoint, request, descriptor, 0);
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      const bytes = Buffer.concat(pieces);
      verifyDigest(bytes, descriptor.digest, what);
      return bytes;
    };
    return this.#context.pull(reference, this.#parts(descriptor, signal), attempt, (run) =>
      this.#context.retry(run, signal),
    );
  }

  #parts({ digest }: Descriptor, signal: AbortSignal | undefined): PullParts {
    const url = (base: string, repository: string): string => blobUrl(base, repository, digest);
    return { url, selector: digest, signal };
  }

  /** One try with the registry or with a mirror of it. */
  async #fetchFrom(
    endpoint: Endpoint,
    request: RegistryRequest,
    descriptor: Descriptor,
    offset: number,
  ): Promise<BlobBody> {
    const key = `${endpoint.base} ${descriptor.digest}`;
    const start = offset > descriptor.size || this.#withoutParts.has(key) ? 0 : offset;
    const answer = await this.#open(request, descriptor, start);
    const body = await this.#accept(request, descriptor, start, answer);
    if (body !== undefined) return this.#watched(endpoint, descriptor, body);
    // The server cannot send this part, whatever it says of itself: one request for the whole, and no loop.
    await this.#context.http.discard(answer.http);
    if (this.#withoutParts.size >= MAX_REMEMBERED) this.#withoutParts.clear();
    this.#withoutParts.add(key);
    const whole = await this.#open(request, descriptor, 0);
    const wholeBody = await this.#accept(request, descriptor, 0, whole);
    if (wholeBody !== undefined) return this.#watched(endpoint, descriptor, wholeBody);
    throw await this.#context.requester.failure(whole);
  }

  /** A mirror whose body breaks off is not asked for the rest. */
  #watched(endpoint: Endpoint, descriptor: Descriptor, { offset, body }: BlobBody): BlobBody {
    const context = this.#context;
    async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        yield* body;
      } catch (error) {
        context.mirrorFailed(endpoint, descriptor.digest, error);
        throw error;
      }
    }
    return endpoint.upstream === undefined ? { offset, body } : { offset, body: pieces() };
  }

  /**
   * Asks for a blob from `offset` on. A signed address that a redirect led to may have expired on the way: then
   * the registry is asked once more for a fresh one.
   */
  async #open(request: RegistryRequest, descriptor: Descriptor, offset: number): Promise<RegistryAnswer> {
    // The range has an end, because some registries refuse open ones; and offsets count bytes as they are
    // stored, so no encoding may come between.
    const range = offset > 0 ? { range: `bytes=${offset}-${descriptor.size - 1}` } : {};
    const headers = { accept: '*/*', 'accept-encoding': 'identity', ...range };
    const answer = await this.#context.requester.open({ ...request, headers });
    if (!answer.redirected || ![400, 401, 403, 410].includes(answer.http.status)) return answer;
    await this.#context.http.discard(answer.http);
    return this.#context.requester.open({ ...request, headers });
  }

  /** The body of an answer, or undefined where the whole blob has to be asked for. */
  async #accept(
    request: RegistryRequest,
    descriptor: Descriptor,
    offset: number,
    answer: RegistryAnswer,
  ): Promise<BlobBody | undefined> {
    const { headers, status } = answer.http;
    const { size, digest } = descriptor;
    const what = `${shortDigest(digest)} of ${request.what}`;
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
