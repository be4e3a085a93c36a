/** The context that all operations of the registry client share. */
import { isModelError, ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { repositoryScope } from '../auth/scope.ts';
import type { SubjectKind } from '../http/answerErrors.ts';
import type { HttpClient } from '../http/http.ts';
import type { HttpBody, HttpMethod } from '../http/sender.ts';
import { registryOrigin } from '../http/servers.ts';
import type { Zone } from '../http/zone.ts';
import { digestOf, parseDigest, shortDigest } from '../spec/digest.ts';
import { formatReference, type Reference } from '../spec/reference.ts';
import { withUpstream } from '../spec/urls.ts';
import type { ManifestReader } from './manifestThread.ts';
import type { Endpoint, MirrorEndpoints, Mirrors } from './mirrors.ts';
import type { Platform } from './platform.ts';
import type { RegistryRequest, Requester } from './requester.ts';

/** A request whose server is not chosen yet. */
export interface RequestParts {
  /** @param base see urls.ts. @param repository by the server's own name for it. */
  readonly url: (base: string, repository: string) => string;
  /** Without the registry; undefined if the request is not about a repository. */
  readonly repository?: string | undefined;
  /** Actions on the repository. Defaults to `pull`. */
  readonly actions?: readonly string[] | undefined;
  /** Scopes in addition to those of the actions. */
  readonly scopes?: readonly string[] | undefined;
  /** The thing requested, for errors: a reference, or a localized phrase such as `the tags of …`. */
  readonly what: string;
  readonly kind?: SubjectKind | undefined;
  /** The limit for the address, if an answer led to it. */
  readonly within?: Zone | undefined;
  readonly method?: HttpMethod | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: (() => HttpBody) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Parts of a {@link RegistryContext}. */
export interface ContextOptions {
  readonly http: HttpClient;
  readonly requester: Requester;
  readonly log: Log;
  readonly platform: Platform;
  readonly mirrors: Mirrors;
  readonly manifests: ManifestReader;
  readonly plainHttp: (registry: string) => boolean;
  readonly retry: <Result>(
    attempt: () => Promise<Result>,
    signal: AbortSignal | undefined,
  ) => Promise<Result>;
}

/** A request for content that a registry and its mirrors may have. */
export interface PullParts extends Omit<RequestParts, 'repository' | 'what'> {
  /** Defaults to the reference. */
  readonly what?: string | undefined;
  /** A tag or a digest. */
  readonly selector: string;
  /** Excludes mirrors. */
  readonly withoutMirrors?: boolean | undefined;
}

/** One attempt at an endpoint, which has an upstream if it is a mirror. */
export type PullAttempt<Result> = (request: RegistryRequest, endpoint: Endpoint) => Promise<Result>;

/** Sends the client's requests to a registry, and to its mirrors before it. */
export class RegistryContext {
  readonly http: HttpClient;
  readonly requester: Requester;
  readonly log: Log;
  readonly platform: Platform;
  readonly manifests: ManifestReader;
  readonly #options: ContextOptions;

  constructor(options: ContextOptions) {
    this.#options = options;
    this.http = options.http;
    this.requester = options.requester;
    this.log = options.log;
    this.platform = options.platform;
    this.manifests = options.manifests;
  }

  /** Makes a request to the registry itself. @throws ModelError `reference-invalid`. */
  request(registry: string, parts: RequestParts): RegistryRequest {
    return requestTo(this.upstream(registry), parts);
  }

  /** Makes a request for the repository of a reference to the registry itself. */
  requestFor(reference: Reference, parts: Omit<RequestParts, 'repository' | 'what'>): RegistryRequest {
    const { registry, repository } = reference;
    return this.request(registry, { ...parts, repository, what: formatReference(reference) });
  }

  /** Repeats a small request if that may help. */
  retry<Result>(attempt: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    return this.#options.retry(attempt, signal);
  }

  /**
   * Tries the mirrors of a reference's registry, each once, and then the registry itself. If that cannot be reached, mirrors
   * that failed a moment ago are tried once more: in many companies only they can be reached.
   * @param last tries the registry itself; defaults to a single attempt.
   * @throws the registry's error, or `cancelled`.
   */
  async pull<Result>(
    reference: Reference,
    parts: PullParts,
    attempt: PullAttempt<Result>,
    last: (run: () => Promise<Result>) => Promise<Result> = (run) => run(),
  ): Promise<Result> {
    const { registry, repository } = reference;
    const whole = { ...parts, repository, what: parts.what ?? formatReference(reference) };
    const byTag = !parts.selector.includes(':');
    const { mirrors } = this.#options;
    const endpoints = (): MirrorEndpoints =>
      parts.withoutMirrors === true
        ? { ready: [], resting: [] }
        : mirrors.endpoints(registry, parts.selector, byTag);
    const firstOf = async (asked: readonly Endpoint[]): Promise<{ result: Result } | undefined> => {
      for (const mirror of asked) {
        try {
          return { result: await attempt(requestTo(mirror, whole), mirror) };
        } catch (error) {
          if (isModelError(error, 'cancelled')) throw error;
          mirrors.failed(mirror, parts.selector, byTag, error);
        }
      }
      return undefined;
    };
    const found = await firstOf(endpoints().ready);
    if (found !== undefined) return found.result;
    const upstream = this.upstream(registry);
    try {
      return await last(() => attempt(requestTo(upstream, whole), upstream));
    } catch (error) {
      const late = isModelError(error) && error.retryable ? await firstOf(endpoints().resting) : undefined;
      if (late === undefined) throw error;
      return late.result;
    }
  }

  /** Reports that content of a mirror broke off or was wrong. */
  mirrorFailed(endpoint: Endpoint, selector: string, error: unknown): void {
    if (endpoint.upstream === undefined || isModelError(error, 'cancelled')) return;
    this.#options.mirrors.failed(endpoint, selector, !selector.includes(':'), error);
  }

  /** Returns a registry itself, without its mirrors. */
  upstream(registry: string): Endpoint {
    return { registry, base: registryOrigin(registry, this.#options.plainHttp), prefix: '' };
  }
}

function requestTo(endpoint: Endpoint, parts: RequestParts): RegistryRequest {
  const { registry, base, prefix, upstream } = endpoint;
  const { url, actions, scopes = [], headers = {}, what, kind, within, method, body, signal } = parts;
  const repository = parts.repository === undefined ? undefined : `${prefix}${parts.repository}`;
  const address = url(base, repository ?? '');
  const own = repository === undefined ? [] : [repositoryScope(repository, actions)];
  return {
    registry,
    origin: new URL(base).origin,
    url: upstream === undefined ? address : withUpstream(address, upstream),
    repository,
    scopes: [...own, ...scopes],
    upstreamScope:
      upstream === undefined || parts.repository === undefined || repository === parts.repository
        ? undefined
        : repositoryScope(parts.repository, actions),
    what,
    kind,
    within,
    method,
    headers,
    body,
    signal,
  };
}

/** Verifies content. @param host the server that sent it. @throws ModelError `digest-mismatch`. */
export function verifyDigest(
  bytes: Uint8Array,
  digest: string,
  what: string,
  host: string = t('the registry'),
): void {
  const actual = digestOf(bytes, parseDigest(digest).algorithm);
  if (actual === digest) return;
  const message = t(
    '{0} from {1} failed verification: its digest is {2}, not {3}. Try again; if this continues, the registry’s copy is damaged.',
    what,
    host,
    shortDigest(actual),
    shortDigest(digest),
  );
  throw new ModelError('digest-mismatch', message);
}

/**
 * Returns the error of content whose size differs from its descriptor's. @param actual bytes. @param expected bytes.
 */
export function sizeMismatch(what: string, actual: number, expected: number): ModelError {
  const message = t(
    'The registry has {0} bytes of {1}, but its manifest says {2}. The registry’s copy is damaged: tell the publisher.',
    actual,
    what,
    expected,
  );
  return new ModelError('size-mismatch', message);
}
