/** Downloads of blobs, whole or from an offset (distribution-spec, "Pulling blobs"). */
import { isModelError, ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { webPageError } from '../http/answerErrors.ts';
import { judgePartialAnswer, parseContentRange } from '../http/contentRange.ts';
import { JoinedPieces } from '../http/exchange.ts';
import { type HttpAnswer, header, headerLines } from '../http/http.ts';
import { type AskedFor, IN_PLACE_BYTES, otherContent } from '../http/inPlace.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { digestOf, shortDigest, tryParseDigest } from '../spec/digest.ts';
import { readReason } from '../spec/reason.ts';
import { formatReference, type Reference } from '../spec/reference.ts';
import { blobUrl } from '../spec/urls.ts';
import { type BlobPieces, Counted, Given, NOTHING, Watched } from './blobPieces.ts';
import { type PullParts, type RegistryContext, sizeMismatch, verifyDigest } from './clientContext.ts';
import { addressesElsewhere, notElsewhere } from './elsewhere.ts';
import type { Endpoint } from './mirrors.ts';
import type { DirectAddress, RegistryAnswer, RegistryRequest } from './requester.ts';

/** The range of a fetch, and its signal. */
export interface FetchBlobOptions {
  /** Bytes that are already present. Defaults to 0. */
  readonly offset?: number | undefined;
  /** The first byte that is not fetched. Defaults to the blob's size. */
  readonly end?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Excludes mirrors, for example after one sent wrong content. */
  readonly withoutMirrors?: boolean | undefined;
}

/** A blob on its way. */
export interface BlobBody {
  /** The position of the body's first byte in the blob. */
  readonly offset: number;
  /** The position behind its last byte. A server may send less or more than requested. */
  readonly end: number;
  readonly body: BlobPieces;
}

/** Blobs whose redirects, or whose servers' lack of range support, are remembered. */
const MAX_REMEMBERED = 1000;

/** The bytes of a blob from `start` up to, but not including, `end`. */
interface Part {
  readonly start: number;
  readonly end: number;
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= MAX_REMEMBERED) map.clear();
  map.set(key, value);
}

function blobName(reference: Reference, { digest }: Descriptor): string {
  return t('{0} of {1}', shortDigest(digest), formatReference(reference));
}

function isPart({ http: { status } }: RegistryAnswer): boolean {
  return status === 200 || status === 206;
}

/** Tells whether a success is a web page: a network that wants a sign-in answers every request with its own. */
function isWebPage({ status, headers }: HttpAnswer): boolean {
  return status < 300 && /^\s*(?:text\/html|application\/xhtml)/i.test(header(headers, 'content-type') ?? '');
}

/** Tells whether an object store's answer says that its signed address has expired. */
function mayHaveExpired({ http: { status } }: RegistryAnswer): boolean {
  return [400, 401, 403, 404, 410].includes(status);
}

/** The empty object that artifacts without a config refer to (image-spec, “Guidance for an Empty Descriptor”). */
const EMPTY = Buffer.from('{}');
const EMPTY_DIGEST = digestOf(EMPTY);

/** Returns content that needs no request: the empty object, and content embedded in the manifest. */
function embeddedContent({ digest, size, data }: Descriptor): Buffer | undefined {
  if (digest === EMPTY_DIGEST) return size === EMPTY.length ? EMPTY : undefined;
  if (data === undefined) return undefined;
  const bytes = Buffer.from(data, 'base64');
  const isIt = bytes.length === size && digestOf(bytes, tryParseDigest(digest)?.algorithm) === digest;
  return isIt ? bytes : undefined;
}

/** Downloads blobs for the registry client. */
export class BlobReader {
  readonly #context: RegistryContext;
  readonly #withoutParts = new Map<string, true>();
  /** Redirect targets of blobs. Secret, because such addresses are signed. */
  readonly #directs = new Map<string, DirectAddress>();

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** {@link RegistryClient.fetchBlob}. */
  async fetch(reference: Reference, descriptor: Descriptor, options: FetchBlobOptions): Promise<BlobBody> {
    const { offset = 0, end = descriptor.size, signal, withoutMirrors } = options;
    if (offset === end) return { offset, end, body: NOTHING };
    const embedded = embeddedContent(descriptor);
    if (embedded !== undefined) return { offset, end, body: new Given(embedded.subarray(offset, end)) };
    const parts = { ...this.#parts(reference, descriptor, signal), withoutMirrors };
    return this.#context.pull(reference, parts, (request, endpoint) =>
      this.#fetchFrom(endpoint, request, descriptor, { start: offset, end }),
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
      const message = t(
        '{0} has {1} bytes, which is more than the limit of {2}. Check that the reference names a model.',
        what,
        descriptor.size,
        maxBytes,
      );
      throw new ModelError('size-mismatch', message, { registry: reference.registry });
    }
    if (descriptor.size === 0) return Buffer.alloc(0);
    const embedded = embeddedContent(descriptor);
    if (embedded !== undefined) return embedded;
    const attempt = async (request: RegistryRequest, endpoint: Endpoint): Promise<Buffer> => {
      const whole = { start: 0, end: descriptor.size };
      const { body } = await this.#fetchFrom(endpoint, request, descriptor, whole);
      const pieces = new JoinedPieces();
      for await (const piece of body) pieces.push(piece);
      const bytes = pieces.takeAll();
      verifyDigest(bytes, descriptor.digest, what, request.registry);
      return bytes;
    };
    return this.#context.pull(reference, this.#parts(reference, descriptor, signal), attempt, (run) =>
      this.#context.retry(run, signal),
    );
  }

  #parts(reference: Reference, descriptor: Descriptor, signal: AbortSignal | undefined): PullParts {
    const { digest } = descriptor;
    const url = (base: string, repository: string): string => blobUrl(base, repository, digest);
    return { url, selector: digest, what: blobName(reference, descriptor), kind: 'blob', signal };
  }

  /** Tries the registry or one of its mirrors once. */
  async #fetchFrom(
    endpoint: Endpoint,
    request: RegistryRequest,
    descriptor: Descriptor,
    wanted: Part,
  ): Promise<BlobBody> {
    const key = `${endpoint.base} ${descriptor.digest}`;
    const whole = { start: 0, end: descriptor.size };
    const part = wanted.start > descriptor.size || this.#withoutParts.has(key) ? whole : wanted;
    const answer = await this.#open(key, request, descriptor, part);
    const body = await this.#accept(request, descriptor, part, answer);
    if (body !== undefined) return this.#watched(endpoint, descriptor, body);
    // The server cannot send this part, whatever it claims, so request the whole once and do not loop.
    await this.#context.http.discard(answer.http);
    remember(this.#withoutParts, key, true);
    const second = await this.#open(key, request, descriptor, whole);
    const wholeBody = await this.#accept(request, descriptor, whole, second);
    if (wholeBody !== undefined) return this.#watched(endpoint, descriptor, wholeBody);
    throw await this.#context.requester.failure(second);
  }

  /** Reports a mirror whose body breaks off, so that it is not asked for the rest. */
  #watched(endpoint: Endpoint, descriptor: Descriptor, blob: BlobBody): BlobBody {
    if (endpoint.upstream === undefined) return blob;
    const onFailure = (error: unknown): void =>
      this.#context.mirrorFailed(endpoint, descriptor.digest, error);
    return { ...blob, body: new Watched(blob.body, onFailure) };
  }

  /**
   * Requests a part of a blob, first at the address that an earlier request was redirected to. That address is signed
   * for some minutes; once it has expired, the registry is asked for a new one.
   */
  async #open(
    key: string,
    request: RegistryRequest,
    descriptor: Descriptor,
    { start, end }: Part,
  ): Promise<RegistryAnswer> {
    // The range has an end, because some registries refuse open ones. Offsets count bytes as stored, so no encoding may
    // intervene.
    const range = start > 0 || end < descriptor.size ? { range: `bytes=${start}-${end - 1}` } : {};
    const whole = { ...request, headers: { accept: '*/*', 'accept-encoding': 'identity', ...range } };
    const direct = await this.#openDirect(key, whole);
    if (direct !== undefined) return direct;
    const answer = await this.#context.requester.open(whole);
    if (answer.http.status === 404 && !answer.redirected && descriptor.urls !== undefined)
      return this.#openElsewhere(key, whole, descriptor, answer);
    if (!answer.redirected || !mayHaveExpired(answer)) return this.#keepAddress(key, answer);
    await this.#context.http.discard(answer.http);
    return this.#keepAddress(key, await this.#context.requester.open(whole));
  }

  /** Returns the answer of the remembered address, or undefined if the registry has to be asked. */
  async #openDirect(key: string, request: RegistryRequest): Promise<RegistryAnswer | undefined> {
    const direct = this.#directs.get(key);
    if (direct === undefined) return undefined;
    try {
      const answer = await this.#context.requester.open({ ...request, direct });
      if (isPart(answer)) return answer;
      this.#directs.delete(key);
      if (!mayHaveExpired(answer)) return answer;
      await this.#context.http.discard(answer.http);
      return undefined;
    } catch (error) {
      this.#directs.delete(key);
      throw error;
    }
  }

  #keepAddress(key: string, answer: RegistryAnswer): RegistryAnswer {
    const { url, within } = answer.http;
    if (answer.redirected && isPart(answer)) remember(this.#directs, key, { url, within });
    return answer;
  }

  /** Returns the answer of a server that the descriptor names for content that the registry does not have. */
  async #openElsewhere(
    key: string,
    request: RegistryRequest,
    descriptor: Descriptor,
    answer: RegistryAnswer,
  ): Promise<RegistryAnswer> {
    const { requester, log } = this.#context;
    const addresses = addressesElsewhere(descriptor, answer.http);
    const missing = await requester.failure(answer);
    let failure: unknown;
    for (const direct of addresses) {
      try {
        const other = await requester.open({ ...request, direct });
        if (isPart(other)) {
          log.info(`${request.registry} does not have ${request.what}; it comes from ${direct.url.host}.`);
          remember(this.#directs, key, { ...direct, url: other.http.url, within: other.http.within });
          return other;
        }
        failure = await requester.failure(other);
      } catch (error) {
        if (isModelError(error, 'cancelled')) throw error;
        failure = error;
      }
    }
    throw notElsewhere(descriptor, missing, failure) ?? missing;
  }

  /** Returns the body of an answer, or undefined if the whole blob has to be requested. */
  async #accept(
    request: RegistryRequest,
    descriptor: Descriptor,
    { start, end }: Part,
    answer: RegistryAnswer,
  ): Promise<BlobBody | undefined> {
    const { headers, status } = answer.http;
    const { size, mediaType } = descriptor;
    const { registry, what } = request;
    const asked = { registry, host: answer.http.url.host, what, mediaType };
    const contentRange = headerLines(headers, 'content-range');
    // A page may be the published content, and a label may be wrong: if the size is right, the digest decides.
    const bytes = parseContentRange(contentRange)?.total ?? Number(header(headers, 'content-length'));
    if (isWebPage(answer.http) && bytes !== size && !/html/i.test(mediaType)) {
      const start = await this.#context.http.readStart(answer.http, IN_PLACE_BYTES);
      const { title } = readReason(start, header(headers, 'content-type'));
      throw webPageError({ registry, host: asked.host, what, title });
    }
    const contentEncoding = header(headers, 'content-encoding');
    switch (judgePartialAnswer({ offset: start, end, size, status, contentRange, contentEncoding })) {
      case 'append': {
        const last = parseContentRange(contentRange)?.last ?? end - 1;
        return { offset: start, end: last + 1, body: this.#body(answer, last + 1 - start, asked) };
      }
      case 'from-start': {
        const length = Number(header(headers, 'content-length') ?? size);
        if (length === size) return { offset: 0, end: size, body: this.#body(answer, size, asked) };
        const body = await this.#context.http.readStart(answer.http, IN_PLACE_BYTES);
        throw otherContent(asked, body, header(headers, 'content-type')) ?? sizeMismatch(what, length, size);
      }
      case 'without-range':
        return undefined;
      case 'failed':
        throw await this.#context.requester.failure(answer);
    }
  }

  /** Makes a body that yields exactly `length` bytes, or fails. */
  #body(answer: RegistryAnswer, length: number, asked: AskedFor): BlobPieces {
    return new Counted(this.#context.http, answer, length, asked);
  }
}
