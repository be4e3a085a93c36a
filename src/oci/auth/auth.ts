/**
 * Authorization of requests to registries. Challenges are answered with Basic or with a token, tokens are cached by
 * registry and set of scopes, and requests that fail together share one exchange. Tokens belong to a registry's host;
 * no other host ever sees them.
 */

import { isModelError } from '../../base/error.ts';
import type { Log } from '../../base/log.ts';
import { unlessCancelled } from '../../base/wait.ts';
import type { HttpClient } from '../http/http.ts';
import type { Answerer } from '../http/zone.ts';
import {
  basicAuthorization,
  type Credential,
  type CredentialSource,
  isIdentityToken,
  isPasswordCredential,
  isRegistryToken,
} from '../spec/credential.ts';
import {
  type Authorization,
  Authorizations,
  type AuthTarget,
  type BearerChallenge,
  endless,
  forgetIn,
  type Kept,
  keyOf,
} from './authorizations.ts';
import { type Challenge, parseChallenges, pickChallenge } from './challenge.ts';
import { Logins, loginKey } from './logins.ts';
import { cleanScopes, isReadOnly, namesResourceOf } from './scope.ts';
import { fetchToken, readyToken, tokenRefused, tokenTimeout } from './token.ts';

export type { Authorization, AuthTarget } from './authorizations.ts';

/** Milliseconds for one exchange with a token server. */
const EXCHANGE_TIMEOUT_MS = 60_000;
/** The part of a token's life, or the milliseconds if that is less, before its end at which it is renewed. */
const RENEW_PART = 0.1;
const RENEW_MS = 30_000;
/** An answer that asks for authorization: a 401, or a 403 that asks for more scope. */
export interface ChallengingAnswer {
  /** Its `WWW-Authenticate` lines. */
  readonly headerLines: readonly string[];
  readonly from: Answerer;
}

/** Parts of an {@link Authorizer}. */
export interface AuthorizerOptions {
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called once for a registry that refused a login and gave anonymous access instead. */
  readonly onLoginRefused?: ((registry: string) => void) | undefined;
}

function bearerOf({ scheme, params }: Challenge, from: Answerer): BearerChallenge | undefined {
  const { realm, service, scope } = params;
  return scheme !== 'bearer' || realm === undefined || realm === ''
    ? undefined
    : { realm, service, scope, from };
}

/**
 * Returns the scopes that a request needs, not those that a server would like. A challenge only tells which of its two
 * names a mirror's repository has there: a proxy may cut the prefix off its path.
 */
function neededScopes({ scopes, upstreamScope }: AuthTarget, { scope }: BearerChallenge): string[] {
  const isUpstream = upstreamScope !== undefined && namesResourceOf(upstreamScope, scope ?? '');
  return cleanScopes(isUpstream ? [upstreamScope] : scopes);
}

/** Finds the `Authorization` that a registry wants. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #logins: Logins;
  readonly #kept = new Authorizations();
  readonly #running = new Map<string, Promise<Kept>>();
  /** Refresh tokens that replaced a login's own for this session, by registry and realm. */
  readonly #refreshed = new Map<string, { readonly from: string; readonly to: string }>();
  readonly #warned = new Set<string>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
    this.#logins = new Logins(options.credentials, options.now);
  }

  /**
   * Returns the authorization to start a request with, or undefined before the first challenge of a registry. A token
   * that is about to expire is renewed first.
   * @throws ModelError `cancelled`.
   */
  async authorize(target: AuthTarget, signal: AbortSignal | undefined): Promise<Authorization | undefined> {
    const kept = this.#kept.get(target);
    const now = this.#options.now();
    const way = this.#kept.wayOf(target);
    if (kept === undefined ? way === undefined : now < kept.renewAt) return kept;
    try {
      if (kept === undefined && way === 'basic') return await this.#answerBasic(target, undefined, signal);
      const challenge = kept?.challenge ?? (way === 'basic' ? undefined : way);
      return await unlessCancelled(this.#exchangeOnce(target, challenge, kept), signal);
    } catch (error) {
      if (isModelError(error, 'cancelled')) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.debug(`There is no new token for ${target.registry}. ${reason}`);
      // The old one is good for some more seconds. After that the registry's challenge reveals the failure.
      return kept !== undefined && now < kept.endsAt ? kept : undefined;
    }
  }

  /**
   * Returns the cached authorization for a host that a redirect led to. Such a host gets none that it did not ask for.
   */
  kept(target: AuthTarget): Authorization | undefined {
    const kept = this.#kept.get(target);
    return kept !== undefined && this.#options.now() < kept.renewAt ? kept : undefined;
  }

  /**
   * Answers a challenge. Returns undefined if it cannot be answered, or only with an authorization that was refused
   * already.
   * @param rejected the authorization that the request carried.
   * @throws ModelError as `fetchToken`, `cancelled`.
   */
  async answer(
    target: AuthTarget,
    { headerLines, from }: ChallengingAnswer,
    rejected: Authorization | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Authorization | undefined> {
    const challenge = pickChallenge(parseChallenges(headerLines));
    if (challenge === undefined) return undefined;
    const kept = this.#kept.get(target);
    // Another request has already fetched a new token.
    const isNew =
      kept !== undefined && kept.header !== rejected?.header && this.#options.now() < kept.renewAt;
    if (isNew) return kept;
    if (challenge.scheme === 'basic') return this.#answerBasic(target, rejected, signal);
    const bearer = bearerOf(challenge, from);
    if (bearer === undefined) return undefined;
    return unlessCancelled(this.#exchangeOnce(target, bearer, rejected), signal);
  }

  /**
   * Authorizes with another login than the refused one, or with one in place of none, if its source has one by now.
   * Returns undefined if it has not. Authorizations by the old login are forgotten.
   * @param rejected the authorization that the request carried.
   * @throws ModelError as `fetchToken`, `cancelled`.
   */
  async renew(
    target: AuthTarget,
    rejected: Authorization,
    signal: AbortSignal | undefined,
  ): Promise<Authorization | undefined> {
    const kept = this.#kept.get(target);
    if (kept !== undefined && kept.header !== rejected.header) return kept;
    if (kept === undefined || rejected.loginRefused === true) return undefined;
    const { login, challenge } = kept;
    // The user may have signed in with another program since anonymous access was given.
    const looking = login === undefined ? this.#logins.get(target) : this.#logins.again(target, login);
    const found = await unlessCancelled(looking, signal);
    if (found === undefined) return undefined;
    this.#options.log.info(`Access to ${target.registry} was refused; there is another login for it now.`);
    if (login !== undefined) this.#kept.forgetLogin(target.registry, login);
    if (challenge !== undefined)
      return unlessCancelled(this.#exchangeOnce(target, challenge, rejected), signal);
    return this.#answerBasic(target, rejected, signal);
  }

  /**
   * Authorizes anonymously for a registry that gave a token for a login and refuses it now: an expired login must not
   * stand in the way of a public model. Returns undefined if there is no token server or it refuses. {@link accept}
   * caches the authorization once it has proved good.
   * @throws ModelError `cancelled`.
   */
  async withoutLogin(
    target: AuthTarget,
    signal: AbortSignal | undefined,
  ): Promise<Authorization | undefined> {
    const challenge = this.#kept.get(target)?.challenge;
    if (challenge === undefined || !isReadOnly(target.scopes)) return undefined;
    try {
      return await unlessCancelled(this.#ask(target, challenge, undefined), signal);
    } catch (error) {
      if (isModelError(error, 'cancelled')) throw error;
      this.#options.log.debug(`${target.registry} gives no anonymous access either.`);
      return undefined;
    }
  }

  /** Caches an authorization of {@link withoutLogin}, and reports that the login was refused. */
  accept(target: AuthTarget, authorization: Authorization): void {
    const kept = this.#kept.get(target);
    if (kept === undefined) return;
    this.#kept.keep(target, { ...kept, ...authorization, loginRefused: true });
    this.#warn(target.registry);
  }

  /** Forgets all authorizations of a registry, after a sign-in or a sign-out. Running exchanges are not cached. */
  forget(registry: string): void {
    this.#kept.forget(registry);
    forgetIn(this.#running, registry);
    forgetIn(this.#refreshed, registry);
    this.#warned.delete(registry);
    this.#logins.forget(registry);
  }

  async #answerBasic(
    target: AuthTarget,
    rejected: Authorization | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Authorization | undefined> {
    const credential = await unlessCancelled(this.#logins.get(target), signal);
    if (!isPasswordCredential(credential)) return undefined;
    const header = basicAuthorization(credential);
    if (header === rejected?.header) return undefined;
    return this.#kept.keep(target, endless(header, credential));
  }

  /** Runs one exchange for all requests with the same key. It has its own time limit instead of one caller's signal. */
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
        // After a sign-out meanwhile, this token is of somebody who is no longer signed in.
        if (this.#running.get(key) !== exchange) return kept;
        this.#running.delete(key);
        return this.#kept.keep(target, kept);
      },
      (error: unknown) => {
        if (this.#running.get(key) === exchange) this.#running.delete(key);
        throw error;
      },
    );
    this.#running.set(key, exchange);
    return exchange;
  }

  /**
   * Fetches a token for the current login; if that is refused, for a newer one of its source; else anonymously for
   * public models.
   */
  async #exchange(
    target: AuthTarget,
    challenge: BearerChallenge | undefined,
    rejected: Authorization | undefined,
  ): Promise<Kept> {
    const credential = await this.#logins.get(target);
    let refusal: unknown;
    try {
      return await this.#exchangeLogin(target, challenge, credential, rejected);
    } catch (error) {
      if (credential === undefined || !isRefusal(error)) throw error;
      refusal = error;
    }
    const other = await this.#logins.again(target, loginKey(credential));
    if (other !== undefined) {
      this.#kept.forgetLogin(target.registry, loginKey(credential));
      try {
        return await this.#exchangeLogin(target, challenge, other, rejected);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusal = error;
      }
    }
    if (!isReadOnly(target.scopes)) throw refusal;
    const kept = await this.#ask(target, challenge, undefined).catch(() => {
      throw refusal;
    });
    this.#warn(target.registry);
    return { ...kept, loginRefused: true };
  }

  async #exchangeLogin(
    target: AuthTarget,
    challenge: BearerChallenge | undefined,
    credential: Credential | undefined,
    rejected: Authorization | undefined,
  ): Promise<Kept> {
    if (!isRegistryToken(credential)) return this.#ask(target, challenge, credential);
    const header = `Bearer ${readyToken(target.registry, credential)}`;
    if (header !== rejected?.header) return { ...endless(header, credential), challenge };
    throw tokenRefused(target.registry);
  }

  /** Asks the token server once, for no more than the target needs. */
  async #ask(
    target: AuthTarget,
    challenge: BearerChallenge | undefined,
    login: Credential | undefined,
  ): Promise<Kept> {
    const { registry } = target;
    if (challenge === undefined) throw tokenRefused(registry);
    const { realm, service, from: challenger } = challenge;
    const scopes = neededScopes(target, challenge);
    const sessionKey = `${registry} ${realm}`;
    const credential = this.#current(sessionKey, login);
    const timeout = AbortSignal.timeout(EXCHANGE_TIMEOUT_MS);
    const request = { registry, challenger, realm, service, scopes, credential, signal: timeout };
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
      login: login === undefined ? undefined : loginKey(login),
    };
  }

  /** Returns a login with the refresh token that the server put in place of its own. */
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
}

/** Tells whether a token server refused a login. */
function isRefusal(error: unknown): boolean {
  return isModelError(error, 'auth-denied') && error.status !== undefined;
}
