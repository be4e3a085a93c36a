/**
 * Authorising requests to registries: challenges are answered with Basic or with a token, tokens are kept for
 * each registry and set of scopes, and requests that fail together wait for one exchange. Tokens belong to a
 * registry's host; no other host ever sees them.
 */
import { cancelledError, isModelError, ModelError } from '../base/error.ts';
import type { Log } from '../base/log.ts';
import { type Challenge, parseChallenges, pickChallenge } from './challenge.ts';
import {
  basicAuthorization,
  type Credential,
  type CredentialSource,
  isIdentityToken,
  isPasswordCredential,
  isRegistryToken,
} from './credential.ts';
import type { HttpClient } from './http.ts';
import { cleanScopes, isReadOnly, mergeDemanded } from './scope.ts';
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
  /** The repository that is asked for, since a login may be for a part of a registry. */
  readonly repository?: string | undefined;
}

/** The value of an `Authorization` header. */
export interface Authorization {
  readonly header: string;
  /** Whether it stands for somebody's login, and not for anonymous access. */
  readonly withCredential: boolean;
  /** Whether it is anonymous because the login there is was refused. */
  readonly loginRefused?: boolean;
}

/** What a Bearer challenge says, for asking again before the token ends. */
interface BearerChallenge {
  readonly realm: string;
  readonly service: string | undefined;
  readonly scope: string;
}

interface Kept extends Authorization {
  /** Milliseconds since 1970, or Infinity for what does not end. */
  readonly renewAt: number;
  readonly endsAt: number;
  readonly challenge: BearerChallenge | undefined;
}

/** Parts of an {@link Authorizer}. */
export interface AuthorizerOptions {
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told once for a registry whose login was refused, where anonymous access was given instead. */
  readonly onLoginRefused?: ((registry: string) => void) | undefined;
}

/** `promise`, given up when `signal` is aborted; what it waits for goes on for the others. */
async function unlessCancelled<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return promise;
  if (signal.aborted) {
    // Nobody waits for it here any more, and others hear of its failure themselves.
    promise.catch(() => {});
    throw cancelledError(signal.reason);
  }
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

function bearerOf({ scheme, params }: Challenge): BearerChallenge | undefined {
  const { realm, service, scope = '' } = params;
  return scheme !== 'bearer' || realm === undefined || realm === '' ? undefined : { realm, service, scope };
}

/** Knows which `Authorization` a registry wants. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #running = new Map<string, Promise<Kept>>();
  /** Refresh tokens that took the place of a login's own, for this session: from it, by registry and realm. */
  readonly #refreshed = new Map<string, { readonly from: string; readonly to: string }>();
  readonly #warned = new Set<string>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /**
   * The authorisation that a request should start with; undefined before the first challenge. A token that is
   * about to end is renewed first.
   * @throws ModelError `cancelled`.
   */
  async authorize(target: AuthTarget, signal: AbortSignal | undefined): Promise<Authorization | undefined> {
    const kept = this.#kept.get(keyOf(target));
    const now = this.#options.now();
    if (kept === undefined || now < kept.renewAt) return kept;
    try {
      return await unlessCancelled(this.#exchangeOnce(target, kept.challenge, kept), signal);
    } catch (error) {
      if (isModelError(error, 'cancelled')) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.debug(`The token for ${target.registry} could not be renewed. ${reason}`);
      // It is good for some more seconds. After its end the registry's challenge brings the failure to light.
      return now < kept.endsAt ? kept : undefined;
    }
  }

  /**
   * The answer to a challenge: a 401, or a 403 that asks for more scope.
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
    const kept = this.#kept.get(keyOf(target));
    // Another request was here before this one and has brought a new token.
    const isNew =
      kept !== undefined && kept.header !== rejected?.header && this.#options.now() < kept.renewAt;
    if (isNew) return kept;
    if (challenge.scheme === 'basic') return this.#answerBasic(target, rejected, signal);
    const bearer = bearerOf(challenge);
    if (bearer === undefined) return undefined;
    return unlessCancelled(this.#exchangeOnce(target, bearer, rejected), signal);
  }

  /**
   * An anonymous authorisation, for a registry that gave a token for a login and refuses it now: an expired
   * login must not stand in the way of a public model. It is kept when {@link accept} says that it was good.
   * @returns undefined where there is no token server, or it gives none.
   * @throws ModelError `cancelled`.
   */
  async withoutLogin(
    target: AuthTarget,
    signal: AbortSignal | undefined,
  ): Promise<Authorization | undefined> {
    const challenge = this.#kept.get(keyOf(target))?.challenge;
    if (challenge === undefined || !isReadOnly(target.scopes)) return undefined;
    try {
      return await unlessCancelled(this.#ask(target, challenge, undefined), signal);
    } catch (error) {
      if (isModelError(error, 'cancelled')) throw error;
      this.#options.log.debug(`${target.registry} gives no anonymous access either.`);
      return undefined;
    }
  }

  /** Keeps what {@link withoutLogin} gave, and says that the login was refused. */
  accept(target: AuthTarget, authorization: Authorization): void {
    const key = keyOf(target);
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#keep(key, { ...kept, ...authorization, loginRefused: true });
    this.#warn(target.registry);
  }

  /** Forgets what was got for a registry, after a sign-in or a sign-out. Exchanges that run are not kept. */
  forget(registry: string): void {
    const isOfRegistry = (key: string): boolean => key === registry || key.startsWith(`${registry} `);
    for (const map of [this.#kept, this.#running, this.#refreshed]) {
      for (const key of map.keys()) if (isOfRegistry(key)) map.delete(key);
    }
    this.#warned.delete(registry);
  }

  async #answerBasic(
    target: AuthTarget,
    rejected: Authorization | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Authorization | undefined> {
    const credential = await unlessCancelled(this.#login(target), signal);
    if (!isPasswordCredential(credential)) return undefined;
    const header = basicAuthorization(credential);
    if (header === rejected?.header) return undefined;
    return this.#keep(keyOf(target), endless(header));
  }

  #login({ registry, repository }: AuthTarget): Promise<Credential | undefined> {
    return this.#options.credentials.get(registry, repository);
  }

  /** One exchange for all who wait for the same key. It has its own time limit, and not one waiter's signal. */
  #exchangeOnce(
    target: AuthTarget,
    challenge: BearerChallenge | undefined,
    rejected: Authorization | undefined,
  ): Promise<Kept> {
    const key = keyOf(target);
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const exchange: Promise<Kept> = this.#exchange(target, challenge, rejected).then(
      (kept) => {
        // After a sign-out in between, this is somebody's who is no longer signed in.
        if (this.#running.get(key) !== exchange) return kept;
        this.#running.delete(key);
        return this.#keep(key, kept);
      },
      (error: unknown) => {
        if (this.#running.get(key) === exchange) this.#running.delete(key);
        throw error;
      },
    );
    this.#running.set(key, exchange);
    return exchange;
  }

  /** A token for the login there is, and an anonymous one where that login is refused for what is public. */
  async #exchange(
    target: AuthTarget,
    challenge: BearerChallenge | undefined,
    rejected: Authorization | undefined,
  ): Promise<Kept> {
    const credential = await this.#login(target);
    let refusal: unknown;
    try {
      if (isRegistryToken(credential)) {
        const header = `Bearer ${credential.registryToken}`;
        if (header !== rejected?.header) return { ...endless(header), challenge };
        throw tokenRefused(target.registry);
      }
      return await this.#ask(target, challenge, credential);
    } catch (error) {
      const isRefusal = isModelError(error, 'auth-denied') && error.status !== undefined;
      if (credential === undefined || !isRefusal || !isReadOnly(target.scopes)) throw error;
      refusal = error;
    }
    const kept = await this.#ask(target, challenge, undefined).catch(() => {
      throw refusal;
    });
    this.#warn(target.registry);
    return { ...kept, loginRefused: true };
  }

  /** Asks the token server once. */
  async #ask(
    target: AuthTarget,
    challenge: BearerChallenge | undefined,
    login: Credential | undefined,
  ): Promise<Kept> {
    const { registry, origin } = target;
    if (challenge === undefined) throw tokenRefused(registry);
    const { realm, service, scope } = challenge;
    const scopes = mergeDemanded(target.scopes, scope);
    const sessionKey = `${registry} ${realm}`;
    const credential = this.#current(sessionKey, login);
    const timeout = AbortSignal.timeout(EXCHANGE_TIMEOUT_MS);
    const request = { registry, origin, realm, service, scopes, credential, signal: timeout };
    const token = await fetchToken(this.#options.http, request).catch((error: unknown) => {
      if (timeout.aborted) throw tokenTimeout(registry, error);
      if (credential === login || !isModelError(error, 'auth-denied')) throw error;
      // The session's refresh token has ended; the login's own may still be good.
      this.#refreshed.delete(sessionKey);
      return fetchToken(this.#options.http, { ...request, credential: login });
    });
    if (isIdentityToken(login) && token.refreshToken !== undefined) {
      this.#refreshed.set(sessionKey, { from: login.identityToken, to: token.refreshToken });
    }
    const now = this.#options.now();
    return {
      header: `Bearer ${token.value}`,
      withCredential: credential !== undefined,
      renewAt: now + token.lifeMs - Math.min(RENEW_MS, token.lifeMs * RENEW_PART),
      endsAt: now + token.lifeMs,
      challenge,
    };
  }

  /** A login with the refresh token that the server gave in the place of its own. */
  #current(sessionKey: string, login: Credential | undefined): Credential | undefined {
    if (!isIdentityToken(login)) return login;
    const refreshed = this.#refreshed.get(sessionKey);
    return refreshed?.from === login.identityToken ? { ...login, identityToken: refreshed.to } : login;
  }

  #warn(registry: string): void {
    if (this.#warned.has(registry)) return;
    this.#warned.add(registry);
    this.#options.log.warn(`The login for ${registry} was refused; going on without it. Sign in again.`);
    this.#options.onLoginRefused?.(registry);
  }

  #keep(key: string, kept: Kept): Kept {
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(key, kept);
    return kept;
  }
}

/** What holds until it is refused. */
function endless(header: string): Kept {
  const never = Number.POSITIVE_INFINITY;
  return { header, withCredential: true, renewAt: never, endsAt: never, challenge: undefined };
}

function tokenRefused(registry: string): ModelError {
  const message = `${registry} refused the token that is stored for it. Sign in again.`;
  return new ModelError('auth-denied', message, { registry, status: 401 });
}

function tokenTimeout(registry: string, cause: unknown): ModelError {
  const message = `The token server of ${registry} did not answer in time. Check the network and try again.`;
  return new ModelError('offline', message, { registry, cause, retryable: true });
}
