/**
 * Uploads of blobs (distribution-spec, "Pushing Blobs"): mounted from another repository if possible, in one request,
 * or in chunks that resume after a broken connection. The extension does not use it yet; publishing models will.
 */
import { Readable } from 'node:stream';
import { isModelError, ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { parseUrl } from '../../base/url.ts';
import { repositoryScope } from '../auth/scope.ts';
import { type HttpAnswer, header } from '../http/http.ts';
import { leadTo, type Zone } from '../http/zone.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { parseDigest, shortDigest } from '../spec/digest.ts';
import { formatReference, type Reference } from '../spec/reference.ts';
import { blobUrl, uploadEndUrl, uploadsUrl } from '../spec/urls.ts';
import type { RegistryContext } from './clientContext.ts';
import type { RegistryRequest } from './requester.ts';

const PUSH: readonly string[] = ['pull', 'push'];
const OCTETS = 'application/octet-stream';
/** The largest chunk that a registry may ask for, in bytes. */
const MAX_CHUNK_BYTES = 2 ** 30;
/** Consecutive attempts at one chunk that bring the registry no new byte. */
const MAX_CHUNK_FAILURES = 4;

/** Content to push. Returns the bytes from `first` up to, but not including, `end`, as often as it is called. */
export type BlobSource = (first: number, end: number) => AsyncIterable<Uint8Array>;

/** Options of a push. */
export interface PushBlobOptions {
  readonly signal?: AbortSignal | undefined;
  /** A repository of the same registry that may have the blob. */
  readonly mountFrom?: string | undefined;
  /** Bytes of a chunk. Defaults to a single request. A registry's `OCI-Chunk-Min-Length` may raise it. */
  readonly chunkBytes?: number | undefined;
  /** Bytes that the registry has so far. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/** The way in which a blob got into the repository. */
export type PushedBlob = 'existed' | 'mounted' | 'uploaded';

/** The address at which an upload continues. */
interface Place {
  readonly url: URL;
  /** The limit for its addresses. */
  readonly within: Zone | undefined;
}

/** An open upload. */
interface Session extends Place {
  /** The minimum bytes of each chunk but the last. */
  readonly minChunkBytes: number;
}

function what({ digest }: Descriptor, reference: Reference): string {
  return t('{0} of {1}', shortDigest(digest), formatReference(reference));
}

/** Reads the address at which an upload continues. It may be relative, and on another host. */
function locationOf(answer: HttpAnswer, registry: string): Place {
  const location = header(answer.headers, 'location') ?? '';
  const url = location === '' ? undefined : parseUrl(location, answer.url);
  const within = url === undefined ? undefined : leadTo(answer, url);
  if (url !== undefined && within !== undefined) return { url, within };
  const message =
    url === undefined
      ? t('{0} returned no address for the upload. Contact the registry’s operator.', registry)
      : t(
          '{0} sends the upload to {1}, which is not allowed. Check the registry’s address.',
          registry,
          `${url.protocol}//${url.host}`,
        );
  throw new ModelError('registry-error', message, { registry });
}

/** Returns the bytes that the registry has, from a `Range: 0-99` (without a unit, as in the specification). */
export function uploadedBytes(range: string | undefined): number | undefined {
  const match = /^(?:bytes=)?0-(\d{1,15})$/.exec(range?.trim() ?? '');
  return match === null ? undefined : Number(match[1]) + 1;
}

/** Pushes one blob. */
class BlobPush {
  readonly #context: RegistryContext;
  readonly #reference: Reference;
  readonly #descriptor: Descriptor;
  readonly #source: BlobSource;
  readonly #options: PushBlobOptions;

  constructor(
    context: RegistryContext,
    reference: Reference,
    descriptor: Descriptor,
    source: BlobSource,
    options: PushBlobOptions,
  ) {
    this.#context = context;
    this.#reference = reference;
    this.#descriptor = descriptor;
    this.#source = source;
    this.#options = options;
  }

  async run(): Promise<PushedBlob> {
    const { signal } = this.#options;
    if (await blobExists(this.#context, this.#reference, this.#descriptor, signal)) return 'existed';
    return this.#context.retry(() => this.#upload(), signal);
  }

  async #upload(): Promise<PushedBlob> {
    const { chunkBytes } = this.#options;
    const session = await this.#start();
    if (session === undefined) return 'mounted';
    try {
      if (chunkBytes === undefined) await this.#putWhole(session);
      else await this.#putChunks(session, chunkBytes);
    } catch (error) {
      await this.#abandon(session);
      throw error;
    }
    this.#options.onProgress?.(this.#descriptor.size);
    return 'uploaded';
  }

  #request(parts: {
    readonly method: RegistryRequest['method'];
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: () => Readable;
    readonly within?: Zone | undefined;
    readonly scopes?: readonly string[];
    readonly signal?: AbortSignal | undefined;
  }): RegistryRequest {
    const { registry, repository } = this.#reference;
    return this.#context.request(registry, {
      signal: this.#options.signal,
      ...parts,
      url: () => parts.url,
      repository,
      actions: PUSH,
      what: what(this.#descriptor, this.#reference),
      kind: 'blob',
    });
  }

  /** Opens an upload. Returns undefined if the blob was mounted instead. */
  async #start(): Promise<Session | undefined> {
    const { repository, registry } = this.#reference;
    const { digest } = this.#descriptor;
    const { mountFrom, signal } = this.#options;
    const { algorithm } = parseDigest(digest);
    const mount = mountFrom === undefined ? undefined : { digest, from: mountFrom };
    const request = this.#context.request(registry, {
      method: 'POST',
      url: (base, name) => uploadsUrl(base, name, { mount, algorithm }),
      headers: { 'content-length': '0' },
      repository,
      actions: PUSH,
      scopes: mountFrom === undefined ? [] : [repositoryScope(mountFrom)],
      what: what(this.#descriptor, this.#reference),
      kind: 'blob',
      signal,
    });
    const { http } = await this.#context.requester.openOk(request, mount === undefined ? [202] : [201, 202]);
    await this.#context.http.discard(http);
    if (http.status === 201) return undefined;
    const said = header(http.headers, 'oci-chunk-min-length') ?? '';
    const minChunkBytes = /^\d{1,15}$/.test(said) ? Number(said) : 0;
    return { ...locationOf(http, registry), minChunkBytes };
  }

  #body(first: number, end: number): { headers: Record<string, string>; body?: () => Readable } {
    const headers = { 'content-type': OCTETS, 'content-length': String(end - first) };
    if (first === end) return { headers };
    return { headers, body: () => Readable.from(this.#exactly(first, end), { objectMode: false }) };
  }

  /** Yields the source's bytes, which must be exactly as many as requested. */
  async *#exactly(first: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = end - first;
    for await (const piece of this.#source(first, end)) {
      left -= piece.length;
      if (left < 0) break;
      yield piece;
    }
    if (left === 0) return;
    const message = t(
      'The file pushed as {0} is not {1} bytes long. Check that it does not change meanwhile.',
      what(this.#descriptor, this.#reference),
      this.#descriptor.size,
    );
    throw new ModelError('size-mismatch', message);
  }

  /** Sends all bytes with the request that ends the upload. */
  async #putWhole(session: Session): Promise<void> {
    const url = uploadEndUrl(session.url, this.#descriptor.digest);
    const { within } = session;
    const request = this.#request({ method: 'PUT', url, within, ...this.#body(0, this.#descriptor.size) });
    const { http } = await this.#context.requester.openOk(request, [201]);
    await this.#context.http.discard(http);
  }

  async #putChunks({ minChunkBytes, ...start }: Session, wanted: number): Promise<void> {
    const { size, digest } = this.#descriptor;
    const chunk = Math.max(1, wanted, minChunkBytes);
    if (chunk > MAX_CHUNK_BYTES) {
      const message = t(
        '{0} asks for chunks of {1} bytes, which is too large. Push in one request.',
        this.#reference.registry,
        chunk,
      );
      throw new ModelError('registry-error', message, { registry: this.#reference.registry });
    }
    let session: Place = start;
    // Only a new maximum counts as progress: a registry may accept bytes and lose them again.
    for (let sent = 0, best = 0, failures = 0; sent < size; ) {
      const next = await this.#patch(session, sent, Math.min(size, sent + chunk)).catch((error: unknown) =>
        this.#whereItStands(session, error, ++failures),
      );
      session = next.place;
      sent = next.sent;
      if (sent > best) failures = 0;
      best = Math.max(best, sent);
      this.#options.onProgress?.(sent);
    }
    const { url, within } = session;
    const end = this.#request({ method: 'PUT', url: uploadEndUrl(url, digest), within, ...this.#body(0, 0) });
    const { http } = await this.#context.requester.openOk(end, [201]);
    await this.#context.http.discard(http);
  }

  /** Sends one chunk. Returns the address at which the upload continues. */
  async #patch(session: Place, first: number, end: number): Promise<{ place: Place; sent: number }> {
    const { headers, body } = this.#body(first, end);
    const range = { 'content-range': `${first}-${end - 1}` };
    const request = this.#request({
      method: 'PATCH',
      url: session.url.href,
      within: session.within,
      headers: { ...headers, ...range },
      ...(body === undefined ? {} : { body }),
    });
    const { http } = await this.#context.requester.openOk(request, [202]);
    await this.#context.http.discard(http);
    const sent = uploadedBytes(header(http.headers, 'range')) ?? end;
    if (sent <= first) {
      const message = t(
        '{0} accepted no bytes of {1}. Try again later.',
        this.#reference.registry,
        what(this.#descriptor, this.#reference),
      );
      const details = { registry: this.#reference.registry, retryable: true };
      throw new ModelError('registry-error', message, details);
    }
    return { place: locationOf(http, this.#reference.registry), sent: Math.min(sent, end) };
  }

  /**
   * Asks the registry how much it has after a chunk failed: 416 means that it counts other bytes, and after a broken
   * connection nobody knows what arrived.
   * @throws `error` if continuing does not help.
   */
  async #whereItStands(
    session: Place,
    error: unknown,
    failures: number,
  ): Promise<{ place: Place; sent: number }> {
    const canGoOn = isModelError(error) && (error.retryable || error.status === 416);
    if (!canGoOn || failures >= MAX_CHUNK_FAILURES) throw error;
    const { within } = session;
    const request = this.#request({ method: 'GET', url: session.url.href, within });
    const { http } = await this.#context.retry(
      () => this.#context.requester.openOk(request, [204]),
      this.#options.signal,
    );
    await this.#context.http.discard(http);
    const isMoved = header(http.headers, 'location') !== undefined;
    const place = isMoved ? locationOf(http, request.registry) : session;
    const sent = uploadedBytes(header(http.headers, 'range')) ?? 0;
    this.#context.log.debug(`${error.message} The upload goes on at byte ${sent}.`);
    // Some registries answer 0-0 if they have nothing.
    return { place, sent: sent === 1 ? 0 : sent };
  }

  /** Cancels a failed upload, so that the registry does not keep its bytes. */
  async #abandon({ url, within }: Session): Promise<void> {
    // The caller may have cancelled, so this request has a time limit of its own.
    const signal = AbortSignal.timeout(5_000);
    try {
      const request = this.#request({ method: 'DELETE', url: url.href, within, signal });
      const { http } = await this.#context.requester.open(request);
      await this.#context.http.discard(http);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#context.log.debug(`An upload to ${this.#reference.registry} could not be cancelled: ${reason}`);
    }
  }
}

/** {@link RegistryClient.pushBlob}. */
export function pushBlob(
  context: RegistryContext,
  reference: Reference,
  descriptor: Descriptor,
  source: BlobSource,
  options: PushBlobOptions,
): Promise<PushedBlob> {
  return new BlobPush(context, reference, descriptor, source, options).run();
}

/** {@link RegistryClient.blobExists}. Asks the registry itself, not a mirror. */
export async function blobExists(
  context: RegistryContext,
  reference: Reference,
  { digest }: Descriptor,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { registry, repository } = reference;
  const request = context.request(registry, {
    method: 'HEAD',
    url: (base, name) => blobUrl(base, name, digest),
    repository,
    what: t('{0} of {1}', shortDigest(digest), formatReference(reference)),
    kind: 'blob',
    signal,
  });
  return context.retry(async () => {
    const answer = await context.requester.open(request);
    const { status } = answer.http;
    // An object store's signed address may be for GET only and refuse a HEAD; the registry has the blob.
    const there = status === 200 || (answer.redirected && [400, 403, 405].includes(status));
    if (!there && status !== 404) throw await context.requester.failure(answer);
    await context.http.discard(answer.http);
    return there;
  }, signal);
}
