/** The registry protocol (OCI distribution-spec 1.1): pulling, listing, pushing and deleting. */
import type { Dispatcher } from 'undici';
import { type Log, silentLog } from '../../base/log.ts';
import { Authorizer } from '../auth/auth.ts';
import { REQUEST_BACKOFF, withRetry } from '../http/backoff.ts';
import { HttpClient } from '../http/http.ts';
import type { HttpSender } from '../http/sender.ts';
import { anonymous, type CredentialSource } from '../spec/credential.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { Reference } from '../spec/reference.ts';
import { type BlobBody, BlobReader, type FetchBlobOptions } from './blobRequests.ts';
import { RegistryContext } from './clientContext.ts';
import { deleteBlob, deleteManifest, deleteTag } from './deletion.ts';
import { describeManifest, manifestExists } from './heads.ts';
import { type ListOptions, listRepositoryNames, listTagNames } from './lists.ts';
import { type ResolvedManifest, resolveManifest } from './manifests.ts';
import { ManifestReader } from './manifestThread.ts';
import { type Mirror, Mirrors } from './mirrors.ts';
import { pingRegistry } from './ping.ts';
import { type Platform, thisPlatform } from './platform.ts';
import { type BlobSource, blobExists, type PushBlobOptions, type PushedBlob, pushBlob } from './push.ts';
import { type PushManifestOptions, pushManifest } from './pushManifest.ts';
import { listReferrers, type ReferrersOptions } from './referrers.ts';
import { Requester } from './requester.ts';

/** Tries of a small request, the first included. */
const TRIES = 4;

/** Settings of a {@link RegistryClient}. */
export interface RegistryClientOptions {
  /**
   * Sends the requests, with proxies and certificates. Takes precedence over `dispatcher`, and is not closed by this
   * client.
   */
  readonly sender?: HttpSender | undefined;
  /** Makes connections if there is no sender. Defaults to an own pool. */
  readonly dispatcher?: Dispatcher | undefined;
  /** Source of logins. Defaults to anonymous access. */
  readonly credentials?: CredentialSource | undefined;
  /** Called once for a registry that refused a stored login for a public model, which was then read without it. */
  readonly onLoginRefused?: ((registry: string) => void) | undefined;
  /** Returns the mirrors of a registry, which are asked before it for pulls. Defaults to none. */
  readonly mirrors?: ((registry: string) => readonly Mirror[]) | undefined;
  /** Tells whether a registry is asked without TLS. Those on this machine always are. */
  readonly plainHttp?: ((registry: string) => boolean) | undefined;
  readonly userAgent?: string | undefined;
  readonly log?: Log | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds without a byte after which a body fails. Defaults to 30000. */
  readonly stallMs?: number | undefined;
  /** Milliseconds for a small body such as a manifest, more for longer ones. Defaults to 15000. */
  readonly smallBodyMs?: number | undefined;
  /** Milliseconds before the second attempt at a small request, doubled after each. Defaults to 300. */
  readonly retryBaseMs?: number | undefined;
  /** Absolute path of manifestMain.ts or of its bundle. Defaults to the source file. */
  readonly manifestEntry?: string | undefined;
  /** Platform whose manifest is chosen from an index. Defaults to this machine's. */
  readonly platform?: Platform | undefined;
}

/** Options of every call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Talks to registries. All failures are ModelErrors: `offline`, `tls`, `auth-required`, `auth-denied`, `not-found`,
 * `rate-limited`, `registry-error`, `cancelled`, and those that a method adds.
 */
export class RegistryClient {
  /** HTTP over this client's connections, for lists of other services such as Docker Hub's API. */
  readonly http: HttpClient;
  readonly #auth: Authorizer;
  readonly #context: RegistryContext;
  readonly #blobs: BlobReader;
  readonly #manifests: ManifestReader;

  constructor(options: RegistryClientOptions = {}) {
    const { sender, dispatcher, userAgent, stallMs, smallBodyMs, log = silentLog, now = Date.now } = options;
    const { credentials = anonymous, plainHttp = () => false, platform = thisPlatform() } = options;
    const backoff = { ...REQUEST_BACKOFF, baseMs: options.retryBaseMs ?? REQUEST_BACKOFF.baseMs };
    this.http = new HttpClient({ sender, dispatcher, userAgent, stallMs, smallBodyMs, log });
    const { onLoginRefused, mirrors: mirrorsOf = () => [] } = options;
    this.#auth = new Authorizer({ http: this.http, credentials, log, now, onLoginRefused });
    const { manifestEntry: entry } = options;
    this.#manifests = new ManifestReader({ entry, log });
    this.#context = new RegistryContext({
      http: this.http,
      requester: new Requester(this.http, this.#auth, now, log),
      log,
      platform,
      mirrors: new Mirrors({ mirrorsOf, log, now }),
      manifests: this.#manifests,
      plainHttp,
      retry: (attempt, signal) => withRetry(attempt, { tries: TRIES, backoff, signal, log }),
    });
    this.#blobs = new BlobReader(this.#context);
  }

  /**
   * Resolves a reference to its manifest, verified by its digest. An index is followed once.
   * @throws ModelError `manifest-invalid`, `digest-mismatch`, `size-mismatch`, `unsupported-artifact`.
   */
  async resolve(reference: Reference, options: CallOptions = {}): Promise<ResolvedManifest> {
    return resolveManifest(this.#context, reference, options.signal);
  }

  /**
   * Downloads and verifies a small blob, such as a config.
   * @throws ModelError `size-mismatch` if it is larger than `maxBytes` or its descriptor is wrong, `digest-mismatch`.
   */
  async readBlob(
    reference: Reference,
    descriptor: Descriptor,
    options: CallOptions & { readonly maxBytes: number },
  ): Promise<Buffer> {
    return this.#blobs.readAll(reference, descriptor, options.maxBytes, options.signal);
  }

  /**
   * Tries once to download a blob from `offset` on. The body is not verified. It never has more bytes than the
   * descriptor says, and fails with a retryable `offline` if it ends early.
   * @returns the body and its start: `offset`, or 0 if the server cannot send a part.
   * @throws ModelError `size-mismatch` if the blob has another size.
   */
  async fetchBlob(
    reference: Reference,
    descriptor: Descriptor,
    options: FetchBlobOptions = {},
  ): Promise<BlobBody> {
    return this.#blobs.fetch(reference, descriptor, options);
  }

  /**
   * Describes the content that a reference names now, without downloading it if the registry allows that.
   * @throws ModelError `not-found`, and as {@link resolve} if the manifest has to be fetched.
   */
  async describe(reference: Reference, options: CallOptions = {}): Promise<Descriptor> {
    return describeManifest(this.#context, reference, options.signal);
  }

  /** Tells whether a reference exists. A registry that denies access may hide it, so that throws. */
  async exists(reference: Reference, options: CallOptions = {}): Promise<boolean> {
    return manifestExists(this.#context, reference, options.signal);
  }

  /** Tells whether the repository of a reference has a blob. */
  async blobExists(
    reference: Reference,
    descriptor: Descriptor,
    options: CallOptions = {},
  ): Promise<boolean> {
    return blobExists(this.#context, reference, descriptor, options.signal);
  }

  /** Lists manifests that refer to another one by its digest, such as signatures. @param digest of the subject. */
  async referrers(
    reference: Reference,
    digest: string,
    options: ReferrersOptions = {},
  ): Promise<Descriptor[]> {
    return listReferrers(this.#context, reference, digest, options);
  }

  /**
   * Pushes a blob to the repository of a reference unless it is already there.
   * @param source returns the bytes; called again if an upload resumes after a failure.
   * @throws ModelError `size-mismatch` if the source does not have as many bytes as the descriptor says.
   */
  async pushBlob(
    reference: Reference,
    descriptor: Descriptor,
    source: BlobSource,
    options: PushBlobOptions = {},
  ): Promise<PushedBlob> {
    return pushBlob(this.#context, reference, descriptor, source, options);
  }

  /**
   * Pushes a manifest or an index under the reference's tag, or by its digest if it has no tag. Its blobs must already
   * be there. One with a subject is listed among the subject's referrers.
   * @param mediaType its type, if its own `mediaType` does not say.
   * @throws ModelError `manifest-invalid`, `digest-mismatch` if the reference has another digest.
   */
  async pushManifest(
    reference: Reference,
    bytes: Uint8Array,
    mediaType?: string,
    options: PushManifestOptions = {},
  ): Promise<Descriptor> {
    return pushManifest(this.#context, reference, bytes, mediaType, options);
  }

  /** Deletes a tag, but not its content. Older registries do not support this. */
  async deleteTag(reference: Reference, tag: string, options: CallOptions = {}): Promise<void> {
    return deleteTag(this.#context, reference, tag, options.signal);
  }

  /** Deletes a manifest or an index, with all its tags. */
  async deleteManifest(reference: Reference, digest: string, options: CallOptions = {}): Promise<void> {
    return deleteManifest(this.#context, reference, digest, options.signal);
  }

  /** Deletes a blob from the repository of a reference. */
  async deleteBlob(reference: Reference, digest: string, options: CallOptions = {}): Promise<void> {
    return deleteBlob(this.#context, reference, digest, options.signal);
  }

  /** Lists the tags of a repository in the registry's order, at most 10,000. @throws ModelError `not-found`. */
  async tags(registry: string, repository: string, options: ListOptions = {}): Promise<string[]> {
    return listTagNames(this.#context, registry, repository, options);
  }

  /**
   * Lists the repositories of a registry, at most 10,000. Many registries do not offer this list.
   * @throws ModelError `not-found` if it is not offered.
   */
  async repositories(registry: string, options: ListOptions = {}): Promise<string[]> {
    return listRepositoryNames(this.#context, registry, options);
  }

  /**
   * Checks that a registry answers and accepts the current login.
   * @throws ModelError `not-found` if the host is not a registry, and `registry-error` if it accepts no login of a
   * registry.
   */
  async ping(registry: string, { signal }: CallOptions = {}): Promise<void> {
    return pingRegistry(this.#context, registry, signal);
  }

  /** Returns the address of a registry before `/v2/`, for an API that it has beside the distribution API. */
  origin(registry: string): string {
    return this.#context.upstream(registry).base;
  }

  /** Forgets the tokens of a registry, after a sign-in or a sign-out. */
  forgetLogin(registry: string): void {
    this.#auth.forget(registry);
  }

  /** Ends idle connections and running requests of the own pool. */
  async close(): Promise<void> {
    await Promise.all([this.http.close(), this.#manifests.close()]);
  }
}
