/** Requests to a registry that answer challenges and follow redirects with care. */

import { ModelError } from '../../base/error.ts';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { isolated } from '../../base/text.ts';
import { parseUrl } from '../../base/url.ts';
import type { Authorization, Authorizer, AuthTarget } from '../auth/auth.ts';
import { parseChallenges } from '../auth/challenge.ts';
import { isReadOnly } from '../auth/scope.ts';
import { answerError, type Subject, type SubjectKind } from '../http/answerErrors.ts';
import { InnerAddressError } from '../http/guardedLookup.ts';
import {
  type HttpAnswer,
  type HttpClient,
  header,
  headerLines,
  MAX_REDIRECTS,
  redirectTarget,
} from '../http/http.ts';
import type { HttpBody, HttpMethod } from '../http/sender.ts';
import { parseWarnings } from '../http/warning.ts';
import { hostZone, leadTo, type Zone } from '../http/zone.ts';
import { redirectedTarget } from './redirected.ts';

/** Milliseconds for all redirects of a request. */
const MAX_REDIRECTS_MS = 2 * 60_000;
/** Bytes of an error's body that are read. */
const MAX_ERROR_BODY = 64 * 1024;
/** Warnings that are remembered, so that each is shown once. */
const MAX_WARNINGS = 100;

/** The address that an answer of a registry led to. */
export interface DirectAddress {
  readonly url: URL;
  readonly within: Zone | undefined;
  /** True if a manifest names it instead of an answer of the registry. No login is sent there. */
  readonly isForeign?: boolean | undefined;
}

/** A request to a registry. */
export interface RegistryRequest {
  /** Registry host as in the reference, or a mirror's. Logins are looked up by it. */
  readonly registry: string;
  /** Origin of the registry's API. */
  readonly origin: string;
  readonly url: string;
  /** Defaults to GET. */
  readonly method?: HttpMethod | undefined;
  /** Scopes that the request needs. */
  readonly scopes: readonly string[];
  /** Scope if a mirror's server has the repository's upstream name. */
  readonly upstreamScope?: string | undefined;
  /** The repository, if the request is about one. */
  readonly repository?: string | undefined;
  /** The thing requested, for errors: a reference, or a localized phrase such as `the tags of …`. */
  readonly what: string;
  /** Defaults to `manifest`. */
  readonly kind?: SubjectKind | undefined;
  /** The limit for `url`, if an answer led to it. */
  readonly within?: Zone | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The redirect target of an earlier answer to this request: asked first, without a login. */
  readonly direct?: DirectAddress | undefined;
  /** Makes the body. Called again if the request has to be repeated. */
  readonly body?: (() => HttpBody) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, whatever its status, after redirects and challenges. */
export interface RegistryAnswer {
  readonly http: HttpAnswer;
  /** True if it came from another server than the registry. */
  readonly redirected: boolean;
  readonly subject: Subject;
}

/** An answer and the authorization that it was finally sent with. */
interface Exchange extends RegistryAnswer {
  readonly authorization: Authorization | undefined;
  /** The registry that answered; undefined for another server, which gets no login. */
  readonly target: AuthTarget | undefined;
}

/** Tells whether an answer says that the token is valid, but not sufficient (RFC 6750, 3.1). */
function asksForMore({ status, headers }: HttpAnswer): boolean {
  if (status !== 401 && status !== 403) return false;
  const challenges = parseChallenges(headerLines(headers, 'www-authenticate'));
  return challenges.some(({ params }) => params['error'] === 'insufficient_scope');
}

/** Tells whether an authorization, or another one, may help. */
function isWorthAnswering(answer: HttpAnswer): boolean {
  return answer.status === 401 || asksForMore(answer);
}

/** Returns the next address of a redirect. A body is only sent again if the method stays the same (RFC 9110, 15.4). */
function nextHop(method: HttpMethod, answer: HttpAnswer): URL | undefined {
  const keepsMethod = method === 'GET' || method === 'HEAD' || [307, 308].includes(answer.status);
  return keepsMethod ? redirectTarget(answer) : undefined;
}

/** Tells whether an answer is a redirect without a valid address. */
function leadsNowhere(answer: HttpAnswer): boolean {
  const location = header(answer.headers, 'location') ?? '';
  const isRedirect = answer.status >= 300 && answer.status < 400;
  return isRedirect && location !== '' && parseUrl(location, answer.url) === undefined;
}

/** Sends requests for the registry client. */
export class Requester {
  readonly #http: HttpClient;
  readonly #auth: Authorizer;
  readonly #now: () => number;
  readonly #log: Log;
  readonly #warnings = new Set<string>();

  constructor(http: HttpClient, auth: Authorizer, now: () => number, log: Log) {
    this.#http = http;
    this.#auth = auth;
    this.#now = now;
    this.#log = log;
  }

  /**
   * Sends a request, answers one challenge of each host, and follows redirects. The `Authorization` for a registry is
   * only sent to its origin, and never again once a redirect has left it, since object stores refuse signed addresses
   * that come with one. Other headers, such as `Range`, are kept. A refused login is requested once more from its
   * source, and finally left out, since the model may be public.
   * @throws ModelError for failures of the network and of the sign-in. An HTTP error is an answer.
   */
  async open(request: RegistryRequest): Promise<RegistryAnswer> {
    const login =
      request.direct === undefined ? await this.#auth.authorize(request, request.signal) : undefined;
    const first = await this.#send(request, login, false);
    const answer = isRefused(first) ? await this.#renewed(request, first) : first;
    return isRefused(answer) && answer.authorization?.withCredential === true
      ? this.#anonymous(request, answer)
      : answer;
  }

  /** Repeats a request with the login that its source has now, if that is another one. */
  async #renewed(request: RegistryRequest, refused: Exchange): Promise<Exchange> {
    const { authorization, target, http } = refused;
    if (authorization === undefined || target === undefined) return refused;
    const renewed = await this.#orDiscard(http, () =>
      this.#auth.renew(target, authorization, request.signal),
    );
    if (renewed === undefined) return refused;
    await this.#http.discard(http);
    if (target === request) return this.#send(request, renewed, true);
    // The redirect is followed again, now with the new authorization for its target.
    return this.#send(request, await this.#auth.authorize(request, request.signal), true);
  }

  /** Repeats a request without a login. Returns the first answer if that does not help. */
  async #anonymous(request: RegistryRequest, refused: Exchange): Promise<Exchange> {
    if (refused.target !== request || !isReadOnly(request.scopes)) return refused;
    const anonymous = await this.#orDiscard(refused.http, () =>
      this.#auth.withoutLogin(request, request.signal),
    );
    if (anonymous === undefined) return refused;
    const second = await this.#send(request, anonymous, true);
    if (second.http.status >= 400) {
      await this.#http.discard(second.http);
      return refused;
    }
    await this.#http.discard(refused.http);
    this.#auth.accept(request, anonymous);
    return second;
  }

  /** Works as {@link open}, but throws for other statuses. @param statuses defaults to 200. */
  async openOk(request: RegistryRequest, statuses: readonly number[] = [200]): Promise<RegistryAnswer> {
    const answer = await this.open(request);
    if (statuses.includes(answer.http.status)) return answer;
    throw await this.failure(answer);
  }

  /** Returns the error of an unsuccessful answer, and consumes its body. */
  async failure({ http, subject }: RegistryAnswer): Promise<ModelError> {
    const body = await this.#http.readError(http, MAX_ERROR_BODY);
    const retryAfter = header(http.headers, 'retry-after');
    const { status, headers } = http;
    return answerError({ status, headers, body, retryAfter }, subject, this.#now());
  }

  /** @param final leaves a challenge of the registry unanswered. */
  async #send(request: RegistryRequest, start: Authorization | undefined, final: boolean): Promise<Exchange> {
    const { method = 'GET', signal } = request;
    const home = new URL(request.origin).origin;
    const started = performance.now();
    let { url, within } = request.direct ?? { url: new URL(request.url), within: request.within };
    let redirected = request.direct !== undefined || url.origin !== home;
    let target = redirected ? otherTarget(request, url) : request;
    let authorization = redirected ? target && this.#auth.kept(target) : start;
    let answered = final;
    for (let redirects = 0; ; ) {
      const login = authorization === undefined ? {} : { authorization: authorization.header };
      const headers = { ...request.headers, ...login };
      const answer = await this.#http
        .send({ method, url, headers, body: request.body?.(), within, signal })
        .catch((error: unknown) => {
          if (!(error instanceof InnerAddressError) || !redirected) throw error;
          throw redirectError(
            request,
            t('{0} leads to {1} in a private network, which is not allowed.', request.registry, url.host),
            {
              cause: error,
            },
          );
        });
      if (target !== undefined && !answered && isWorthAnswering(answer)) {
        answered = true;
        const better = await this.#answer(target, answer, authorization, signal);
        if (better !== undefined) {
          authorization = better;
          await this.#http.discard(answer);
          continue;
        }
      }
      const next = nextHop(method, answer);
      if (next === undefined && leadsNowhere(answer)) {
        await this.#http.discard(answer);
        const from = redirected ? url.host : request.registry;
        throw redirectError(request, t('{0} redirects {1} to an invalid address.', from, request.what));
      }
      if (next === undefined) {
        if (!redirected) this.#showWarnings(request.registry, answer);
        return {
          http: answer,
          redirected,
          authorization,
          target,
          subject: subjectOf(request, answer, target, authorization),
        };
      }
      await this.#http.discard(answer);
      const from = redirected ? url.host : request.registry;
      if (performance.now() - started > MAX_REDIRECTS_MS)
        throw redirectError(request, t('{0} redirects {1} for minutes.', from, request.what));
      if (++redirects > MAX_REDIRECTS)
        throw redirectError(
          request,
          t('{0} redirects {1} more than {2} times.', from, request.what, MAX_REDIRECTS),
        );
      within = leadTo(answer, next);
      if (within === undefined) {
        const hint = redirectHint(answer, next);
        throw redirectError(
          request,
          t(
            '{0} redirects {1} to {2}, which is not allowed.',
            from,
            request.what,
            `${next.protocol}//${next.host}`,
          ),
          { hint },
        );
      }
      if (redirected || next.origin !== home) {
        redirected = true;
        if (next.origin !== url.origin) answered = false;
        target = otherTarget(request, next);
        authorization = target && this.#auth.kept(target);
      }
      url = next;
    }
  }

  async #answer(
    target: AuthTarget,
    answer: HttpAnswer,
    rejected: Authorization | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Authorization | undefined> {
    const lines = headerLines(answer.headers, 'www-authenticate');
    const { url, zone, within } = answer;
    const challenge = { headerLines: lines, from: { url, zone, within } };
    return this.#orDiscard(answer, () => this.#auth.answer(target, challenge, rejected, signal));
  }

  /** Runs `work`, and discards the answer if it fails. */
  async #orDiscard<Result>(answer: HttpAnswer, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      await this.#http.discard(answer);
      throw error;
    }
  }

  #showWarnings(registry: string, { headers }: HttpAnswer): void {
    for (const text of parseWarnings(headerLines(headers, 'warning'))) {
      const warning = `${registry} warns: ${isolated(text)}`;
      if (this.#warnings.has(warning) || this.#warnings.size >= MAX_WARNINGS) continue;
      this.#warnings.add(warning);
      this.#log.warn(warning);
    }
  }
}

/** Returns the registry at an address that is not the request's own, or undefined for a server that gets no login. */
function otherTarget(request: RegistryRequest, url: URL): AuthTarget | undefined {
  return request.direct?.isForeign === true ? undefined : redirectedTarget(request, url);
}

const INTENTS: Readonly<Record<HttpMethod, Subject['intent']>> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'write',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'delete',
};

/** Tells whether access was refused although the request was authorized. */
function isRefused({ http, authorization }: Exchange): boolean {
  return (http.status === 401 || http.status === 403) && authorization !== undefined;
}

/** @param target the registry that answered; undefined for another server. */
function subjectOf(
  request: RegistryRequest,
  { url }: HttpAnswer,
  target: AuthTarget | undefined,
  authorization: Authorization | undefined,
): Subject {
  const { what, kind, method = 'GET' } = request;
  const withCredential = authorization?.withCredential === true || authorization?.loginRefused === true;
  const registry = target?.registry ?? request.registry;
  const subject = { registry, what, kind, withCredential, intent: INTENTS[method] };
  const isStorage = target === undefined && url.origin !== new URL(request.origin).origin;
  return isStorage ? { ...subject, storage: url.host } : subject;
}

/** Advises somebody whose network leads everybody to a sign-in page of its own. */
const downgradeHint = (): Localized =>
  t('Sign in to the network in a browser if it asks for that, or check the registry’s address.');

/** Advises somebody whose registry may not lead to `to`. */
function redirectHint({ url, zone }: HttpAnswer, to: URL): Localized | undefined {
  if (url.protocol === 'https:' && to.protocol === 'http:') return downgradeHint();
  // Behind a proxy this side cannot see that a host with a public name is in the company's own network.
  if (zone !== undefined || !['private', 'local'].includes(hostZone(to.hostname))) return undefined;
  return t('If {0} is in your own network, add it to the setting http.noProxy.', url.hostname);
}

/** @param happened a sentence. @param options.hint a sentence; defaults to checking the address. */
function redirectError(
  { registry }: RegistryRequest,
  happened: Localized,
  { cause, hint }: { cause?: unknown; hint?: Localized | undefined } = {},
): ModelError {
  const advice = hint ?? t('Check the registry’s address.');
  // Both are whole sentences.
  return new ModelError('registry-error', asLocalized(`${happened} ${advice}`), { registry, cause });
}
