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
  /** Milliseconds without a byte after which a body fails; 30000 where absent. */
  readonly stallMs?: number | undefined;
  /** Milliseconds for a small body such as a manifest, and more the longer it is; 15000 where absent. */
  readonly smallBodyMs?: number | undefined;
  /** Milliseconds before the second try of a small request, doubled after each; 300 where absent. */
  readonly retryBaseMs?: number | undefined;
  /** Absolute path of manifestMain.ts or of its bundle; the file of the sources where absent. */
  readonly manifestEntry?: string | undefined;
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
  readonly #manifests: ManifestReader;

  constructor(options: RegistryClientOptions = {}) {
    const { sender, dispatcher, userAgent, stallMs, smallBodyMs, log = silentLog, now = Date.now } = options;
    const { credentials = anonymous, plainHttp = () => false, platform = thisPlatform() } = options;
    const backoff = { ...REQUEST_BACKOFF, baseMs: options.retryBaseMs ?? REQUEST_BACKOFF.baseMs };
    this.http = new HttpClient({ sender, dispatcher, userAgent, stallMs, smallBodyMs, log });
    const { onLoginRefused, mirrors: mirrorsOf = () => [] } = options;
    this.#auth = new Authorizer({ http: this.http, credentials, log, now, onLoginRefused });
    this.#manifests = new ManifestReader({ entry: options.manifestEntry, log });
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

  /**
   * What a reference names now, without getting it where the registry can say so.
   * @throws ModelError `not-found`, and as {@link resolve} where the manifest has to be fetched.
   */
  async describe(reference: Reference, options: CallOptions = {}): Promise<Descriptor> {
    return describeManifest(this.#context, reference, options.signal);
  }

  /** Whether a reference names something. A registry that denies access may hide what there is: then it throws. */
  async exists(reference: Reference, options: CallOptions = {}): Promise<boolean> {
    return manifestExists(this.#context, reference, options.signal);
  }

  /** Whether the repository of a reference has a blob. */
  async blobExists(
    reference: Reference,
    descriptor: Descriptor,
    options: CallOptions = {},
  ): Promise<boolean> {
    return blobExists(this.#context, reference, descriptor, options.signal);
  }

  /**
   * Manifests that refer to another one by its digest, such as signatures.
   * @param digest of the manifest that is referred to.
   */
  async referrers(
    reference: Reference,
    digest: string,
    options: ReferrersOptions = {},
  ): Promise<Descriptor[]> {
    return listReferrers(this.#context, reference, digest, options);
  }

  /**
   * Pushes a blob to the repository of a reference, where it is not there yet.
   * @param source gives the bytes; called again where an upload goes on after a failure.
   * @throws ModelError `size-mismatch` where the source does not give as many bytes as the descriptor says.
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
   * Pushes a manifest or an index under the reference's tag, or by its digest where it has none. Its blobs must
   * be there. One with a subject is listed among the subject's referrers.
   * @param mediaType what it is, where its own `mediaType` does not say.
   * @throws ModelError `manifest-invalid`, `digest-mismatch` where the reference has another digest.
   */
  async pushManifest(
    reference: Reference,
    bytes: Uint8Array,
    mediaType?: string,
    options: PushManifestOptions = {},
  ): Promise<Descriptor> {
    return pushManifest(this.#context, reference, bytes, mediaType, options);
  }

  /** Deletes a name; what it names stays. Older registries cannot do this. */
  async deleteTag(reference: Reference, tag: string, options: CallOptions = {}): Promise<void> {
    return deleteTag(this.#context, reference, tag, options.signal);
  }

  /** Deletes a manifest or an index, with all its names. */
  async deleteManifest(reference: Reference, digest: string, options: CallOptions = {}): Promise<void> {
    return deleteManifest(this.#context, reference, digest, options.signal);
  }

  /** Deletes a blob from the repository of a reference. */
  async deleteBlob(reference: Reference, digest: string, options: CallOptions = {}): Promise<void> {
    return deleteBlob(this.#context, reference, digest, options.signal);
  }

  /** The tags of a repository, in the registry's order: 10,000 at most. @throws ModelError `not-found`. */
  async tags(registry: string, repository: string, options: ListOptions = {}): Promise<string[]> {
    return listTagNames(this.#context, registry, repository, options);
  }

  /**
   * The repositories of a registry: 10,000 at most. Many registries do not offer this list.
   * @throws ModelError `not-found` where it is not offered.
   */
  async repositories(registry: string, options: ListOptions = {}): Promise<string[]> {
    return listRepositoryNames(this.#context, registry, options);
  }

  /**
   * Whether the registry answers and accepts the login there is for it.
   * @throws ModelError `not-found` if the host is no registry, and `registry-error` if it takes no login of a registry.
   */
  async ping(registry: string, { signal }: CallOptions = {}): Promise<void> {
    return pingRegistry(this.#context, registry, signal);
  }

  /** Forgets tokens of a registry, after a sign-in or a sign-out. */
  forgetLogin(registry: string): void {
    this.#auth.forget(registry);
  }

  /** Ends idle connections and running requests of the own pool. */
  async close(): Promise<void> {
    await Promise.all([this.http.close(), this.#manifests.close()]);
  }
}
