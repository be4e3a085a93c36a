/**
 * Authorising requests to registries: challenges are answered with Basic or with a token, tokens are kept for
 * each registry and scope, and requests that fail together wait for one exchange. Tokens belong to a registry's
 * host; no other host ever sees them.
 */
import { cancelledError, isModelError, ModelError } from '../base/error.ts';
import type { Log } from '../base/log.ts';
import { parseChallenges, pickChallenge } from './challenge.ts';
import {
  basicAuthorization,
  type Credential,
  type CredentialSource,
  isPasswordCredential,
} from './credential.ts';
import type { HttpClient } from './http.ts';
import { cleanScopes } from './scope.ts';
import { fetchToken } from './token.ts';

/** Milliseconds for one exchange with a token server. */
const EXCHANGE_TIMEOUT_MS = 60_000;
/** A token is renewed when this part of its life is left, or this time if that is less. Milliseconds. */
const RENEW_PART = 0.1;
const RENEW_MS = 30_000;
/** Kept authorisations; each is a few kilobytes at most. */
const MAX_KEPT = 500;

/** Who is asked for what. */
export interface AuthTarget {
  /** Registry host, as in the reference. */
  readonly registry: string;
  /** Origin of the registry's API. */
  readonly origin: string;
  /** What the request needs, such as `repository:ai/gemma3:pull`. */
  readonly scopes: readonly string[];
}

/** The value of an `Authorization` header. */
export interface Authorization {
  readonly header: string;
  /** Whether it stands for somebody's login, and not for anonymous access. */
  readonly withCredential: boolean;
}

interface Kept extends Authorization {
  /** Milliseconds since 1970, or Infinity for Basic. */
  readonly renewAt: number;
}

/** Parts of an {@link Authorizer}. */
export interface AuthorizerOptions {
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** `promise`, given up when `signal` is aborted; what it waits for goes on for the others. */
async function unlessCancelled<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return promise;
  if (signal.aborted) throw cancelledError(signal.reason);
  let stop: () => void = () => {};
  const cancelled = new Promise<never>((_, reject) => {
    stop = () => reject(cancelledError(signal.reason));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, cancelled]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function keyOf({ registry, scopes }: AuthTarget): string {
  return [registry, ...cleanScopes(scopes)].join(' ');
}

/** Knows which `Authorization` a registry wants. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #running = new Map<string, Promise<Kept>>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The authorisation that a request should start with; undefined before the first challenge. */
  current(target: AuthTarget): Authorization | undefined {
    const kept = this.#kept.get(keyOf(target));
    // One that is about to end is not sent: the challenge that follows brings a new one.
    return kept !== undefined && this.#options.now() < kept.renewAt ? kept : undefined;
  }

  /**
   * The answer to a 401.
   * @param headerLines its `WWW-Authenticate` lines.
   * @param rejected what the request carried.
   * @returns undefined where the challenge cannot be answered, or only with what was refused already.
   * @throws ModelError as `fetchToken`, `cancelled`.
   */
  async answer(
    target: AuthTarget,
    headerLines: readonly string[],
    rejected: Authorization | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Authorization | undefined> {
    const challenge = pickChallenge(parseChallenges(headerLines));
    if (challenge === undefined) return undefined;
    const current = this.current(target);
    // Another request was here before this one and has brought a new token.
    if (current !== undefined && current.header !== rejected?.header) return current;
    if (challenge.scheme === 'basic') return this.#answerBasic(target, rejected, signal);
    const { realm, service, scope } = challenge.params;
    if (realm === undefined || realm === '') return undefined;
    const key = keyOf(target);
    const running = this.#running.get(key) ?? this.#exchange(target, { realm, service, scope });
    return unlessCancelled(running, signal);
  }

  /** Forgets what was got for a registry, after a sign-in or a sign-out. */
  forget(registry: string): void {
    for (const key of this.#kept.keys()) {
      if (key === registry || key.startsWith(`${registry} `)) this.#kept.delete(key);
    }
  }

  async #answerBasic(
    target: AuthTarget,
    rejected: Authorization | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Authorization | undefined> {
    const credential = await unlessCancelled(this.#options.credentials.get(target.registry), signal);
    if (!isPasswordCredential(credential)) return undefined;
    const header = basicAuthorization(credential);
    if (header === rejected?.header) return undefined;
    return this.#keep(keyOf(target), { header, withCredential: true, renewAt: Number.POSITIVE_INFINITY });
  }

  /** One exchange for all who wait for the same key. It has its own time limit, and not one waiter's signal. */
  #exchange(
    target: AuthTarget,
    challenge: { realm: string; service: string | undefined; scope: string | undefined },
  ): Promise<Kept> {
    const key = keyOf(target);
    const exchange = this.#fetch(target, challenge).then((kept) => this.#keep(key, kept));
    this.#running.set(key, exchange);
    const done = (): void => void this.#running.delete(key);
    exchange.then(done, done);
    return exchange;
  }

  async #fetch(
    target: AuthTarget,
    { realm, service, scope }: { realm: string; service: string | undefined; scope: string | undefined },
  ): Promise<Kept> {
    const { registry, origin } = target;
    const scopes = cleanScopes([...target.scopes, ...(scope ?? '').split(' ')]);
    const ask = async (credential: Credential | undefined): Promise<Kept> => {
      const timeout = AbortSignal.timeout(EXCHANGE_TIMEOUT_MS);
      const request = { registry, origin, realm, service, scopes, credential, signal: timeout };
      const { value, lifeMs } = await fetchToken(this.#options.http, request).catch((error: unknown) => {
        throw timeout.aborted ? tokenTimeout(registry, error) : error;
      });
      const renewAt = this.#options.now() + lifeMs - Math.min(RENEW_MS, lifeMs * RENEW_PART);
      return { header: `Bearer ${value}`, withCredential: credential !== undefined, renewAt };
    };
    const credential = await this.#options.credentials.get(registry);
    try {
      return await ask(credential);
    } catch (error) {
      // A login that has expired must not stand in the way of a public model.
      if (credential === undefined || !isModelError(error, 'auth-denied') || error.status === undefined)
        throw error;
      const kept = await ask(undefined).catch(() => {
        throw error;
      });
      this.#options.log.warn(`The login for ${registry} was refused; going on without it. Sign in again.`);
      return kept;
    }
  }

  #keep(key: string, kept: Kept): Kept {
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(key, kept);
    return kept;
  }
}

function tokenTimeout(registry: string, cause: unknown): ModelError {
  const message = `The token server of ${registry} did not answer in time. Check the network and try again.`;
  return new ModelError('offline', message, { registry, cause, retryable: true });
}
