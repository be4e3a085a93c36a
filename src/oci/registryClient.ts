/** The registry protocol (OCI distribution-spec 1.1), as far as pulling and listing need it. */
import type { Dispatcher } from 'undici';
import { type Log, silentLog } from '../base/log.ts';
import { Authorizer } from './auth.ts';
import { type BlobBody, BlobReader, type FetchBlobOptions } from './blobs.ts';
import { RegistryContext } from './context.ts';
import { anonymous, type CredentialSource } from './credential.ts';
import type { Descriptor } from './descriptor.ts';
import { HttpClient } from './http.ts';
import { listRepositoryNames, listTagNames } from './listing.ts';
import { type ResolvedManifest, resolveManifest } from './manifests.ts';
import { type Mirror, Mirrors } from './mirrors.ts';
import { type Platform, thisPlatform } from './platform.ts';
import type { Reference } from './reference.ts';
import { Requester } from './requester.ts';
import { REQUEST_BACKOFF, withRetry } from './retry.ts';
import type { HttpSender } from './sender.ts';
import { apiUrl } from './urls.ts';

/** Tries of a small request, the first included. */
const TRIES = 4;

/** Settings of a {@link RegistryClient}. */
export interface RegistryClientOptions {
  /** How exchanges are made: proxies, certificates. Goes before `dispatcher`; not closed by this client. */
  readonly sender?: HttpSender | undefined;
  /** How connections are made, where no sender is given. An own pool where absent. */
  readonly dispatcher?: Dispatcher | undefined;
  /** Logins; anonymous where absent. */
  readonly credentials?: CredentialSource | undefined;
  /** Told once for a registry whose stored login was refused, where a public model was read without it. */
  readonly onLoginRefused?: ((registry: string) => void) | undefined;
  /** Mirrors of a registry, which are asked before it for what is pulled; none where absent. */
  readonly mirrors?: ((registry: string) => readonly Mirror[]) | undefined;
  /** Which registries are asked without TLS. Those on this machine always are. */
  readonly plainHttp?: ((registry: string) => boolean) | undefined;
  readonly userAgent?: string | undefined;
  readonly log?: Log | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** From 0 up to 1, for the waits between tries. */
  readonly random?: (() => number) | undefined;
  /** Milliseconds without a byte after which a body fails; 30000 where absent. */
  readonly stallMs?: number | undefined;
  /** Milliseconds before the second try of a small request, doubled after each; 300 where absent. */
  readonly retryBaseMs?: number | undefined;
  /** Which manifest of an index is taken; this machine's where absent. */
  readonly platform?: Platform | undefined;
}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Talks to registries. All failures are ModelErrors: `offline`, `tls`, `auth-required`, `auth-denied`,
 * `not-found`, `rate-limited`, `registry-error`, `cancelled`, and what a call adds to these.
 */
export class RegistryClient {
  /** HTTP with this client's connections, for the listings of other services such as Docker Hub's. */
  readonly http: HttpClient;
  readonly #auth: Authorizer;
  readonly #context: RegistryContext;
  readonly #blobs: BlobReader;

  constructor(options: RegistryClientOptions = {}) {
    const {
      sender,
      dispatcher,
      userAgent,
      stallMs,
      log = silentLog,
      now = Date.now,
      random = Math.random,
    } = options;
    const { credentials = anonymous, plainHttp = () => false, platform = thisPlatform() } = options;
    const backoff = { ...REQUEST_BACKOFF, baseMs: options.retryBaseMs ?? REQUEST_BACKOFF.baseMs };
    this.http = new HttpClient({ sender, dispatcher, userAgent, stallMs, log });
    const { onLoginRefused, mirrors: mirrorsOf = () => [] } = options;
    this.#auth = new Authorizer({ http: this.http, credentials, log, now, onLoginRefused });
    this.#context = new RegistryContext({
      http: this.http,
      requester: new Requester(this.http, this.#auth, now, log),
      log,
      platform,
      mirrors: new Mirrors({ mirrorsOf, log, now }),
      plainHttp,
      retry: (attempt, signal) => withRetry(attempt, { tries: TRIES, backoff, signal, log, random }),
    });
    this.#blobs = new BlobReader(this.#context);
  }

  /**
   * The manifest that a reference names, verified by its digest. An index is followed once.
   * @throws ModelError `manifest-invalid`, `digest-mismatch`, `size-mismatch`, `unsupported-artifact`.
   */
  async resolve(reference: Reference, options: CallOptions = {}): Promise<ResolvedManifest> {
    return resolveManifest(this.#context, reference, options.signal);
  }

  /**
   * A small blob, such as a config, verified.
   * @throws ModelError `size-mismatch` where it is larger than `maxBytes` or its descriptor is wrong,
   * `digest-mismatch`.
   */
  async readBlob(
    reference: Reference,
    descriptor: Descriptor,
    options: CallOptions & { readonly maxBytes: number },
  ): Promise<Buffer> {
    return this.#blobs.readAll(reference, descriptor, options.maxBytes, options.signal);
  }

  /**
   * One try to get a blob from `offset` on. The body is not verified; it never has more bytes than the
   * descriptor says, and fails with a retryable `offline` where it ends early.
   * @returns the body and where it starts: at `offset`, or at 0 where the server cannot send a part.
   * @throws ModelError `size-mismatch` where the blob has another size.
   */
  async fetchBlob(
    reference: Reference,
    descriptor: Descriptor,
    options: FetchBlobOptions = {},
  ): Promise<BlobBody> {
    return this.#blobs.fetch(reference, descriptor, options);
  }

  /** The tags of a repository, in the registry's order. @throws ModelError `not-found`. */
  async tags(registry: string, repository: string, options: CallOptions = {}): Promise<string[]> {
    return listTagNames(this.#context, registry, repository, options.signal);
  }

  /**
   * All repositories of a registry. Many registries do not offer this list.
   * @throws ModelError `not-found` where it is not offered.
   */
  async repositories(registry: string, options: CallOptions = {}): Promise<string[]> {
    return listRepositoryNames(this.#context, registry, options.signal);
  }

  /**
   * Whether the registry answers and accepts the login there is for it.
   * @throws ModelError `not-found` where the host is no registry.
   */
  async ping(registry: string, { signal }: CallOptions = {}): Promise<void> {
    const request = this.#context.request(registry, {
      url: apiUrl,
      what: 'its registry API',
      signal,
    });
    await this.#context.retry(async () => {
      const answer = await this.#context.requester.openOk(request);
      await this.http.discard(answer.http);
    }, signal);
  }

  /** Forgets tokens of a registry, after a sign-in or a sign-out. */
  forgetLogin(registry: string): void {
    this.#auth.forget(registry);
  }

  /** Ends idle connections and running requests of the own pool. */
  async close(): Promise<void> {
    await this.http.close();
  }
}
