/** Requests to a registry: authorised by challenge, redirects followed with care. */

import { ModelError } from '../base/error.ts';
import type { Log } from '../base/log.ts';
import type { Authorization, Authorizer } from './auth.ts';
import { parseChallenges } from './challenge.ts';
import { answerError, type Subject } from './failure.ts';
import {
  type HttpAnswer,
  type HttpClient,
  header,
  headerLines,
  MAX_REDIRECTS,
  redirectTarget,
} from './http.ts';
import { mayFollow } from './network.ts';
import { isReadOnly } from './scope.ts';
import type { HttpBody, HttpMethod } from './sender.ts';
import { parseWarnings } from './warning.ts';

/** Bytes of an error's body that are read. */
const MAX_ERROR_BODY = 64 * 1024;
/** Warnings that are remembered, so that each is shown once. */
const MAX_WARNINGS = 100;

/** What is asked of a registry. */
export interface RegistryRequest {
  /** Registry host, as in the reference, or a mirror's: logins are looked up by it. */
  readonly registry: string;
  /** Origin of the registry's API. */
  readonly origin: string;
  readonly url: string;
  /** GET where absent. */
  readonly method?: HttpMethod | undefined;
  /** Scopes that the request needs. */
  readonly scopes: readonly string[];
  /** The repository it is for, where it is for one. */
  readonly repository?: string | undefined;
  /** What it is for, for errors: a reference, `the tags of …`. */
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where an earlier answer to this request was redirected to: asked first, without a login. */
  readonly direct?: URL | undefined;
  /** Makes the body; called again where the request has to be sent again. */
  readonly body?: (() => HttpBody) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, whatever its status, after redirects and challenges. */
export interface RegistryAnswer {
  readonly http: HttpAnswer;
  /** Whether it came from another server than the registry. */
  readonly redirected: boolean;
  readonly subject: Subject;
}

/** What a request was sent with in the end. */
interface Exchange extends RegistryAnswer {
  readonly authorization: Authorization | undefined;
}

/** Whether an answer says that the token is good, and not for enough (RFC 6750, 3.1). */
function asksForMore({ status, headers }: HttpAnswer): boolean {
  if (status !== 401 && status !== 403) return false;
  const challenges = parseChallenges(headerLines(headers, 'www-authenticate'));
  return challenges.some(({ params }) => params['error'] === 'insufficient_scope');
}

/** Whether another authorisation may help: once after a 401, and once more where that one is not enough. */
function isWorthAnswering(answer: HttpAnswer, answered: number): boolean {
  if (answered === 0) return answer.status === 401 || asksForMore(answer);
  return answered === 1 && asksForMore(answer);
}

/** Where to go on; a body is only sent again where the method stays (RFC 9110, 15.4). */
function nextHop(method: HttpMethod, answer: HttpAnswer): URL | undefined {
  const keepsMethod = method === 'GET' || method === 'HEAD' || [307, 308].includes(answer.status);
  return keepsMethod ? redirectTarget(answer) : undefined;
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
   * Sends a request, answers one challenge of the registry, and follows redirects. The `Authorization` goes to
   * the registry's origin only, and never again once a redirect has left it; the other headers, such as
   * `Range`, go along. Object stores refuse signed addresses that come with an `Authorization`.
   * A login that is refused for what may be public is left out once.
   * @throws ModelError for failures of the network and of the sign-in; an HTTP error is an answer.
   */
  async open(request: RegistryRequest): Promise<RegistryAnswer> {
    const login =
      request.direct === undefined ? await this.#auth.authorize(request, request.signal) : undefined;
    const first = await this.#send(request, login, false);
    if (!this.#isRefusedLogin(request, first)) return first;
    const anonymous = await this.#auth.withoutLogin(request, request.signal);
    if (anonymous === undefined) return first;
    const second = await this.#send(request, anonymous, true);
    if (second.http.status >= 400) {
      await this.#http.discard(second.http);
      return first;
    }
    await this.#http.discard(first.http);
    this.#auth.accept(request, anonymous);
    return second;
  }

  /** As {@link open}, but an answer of another status is an error. @param statuses 200 where absent. */
  async openOk(request: RegistryRequest, statuses: readonly number[] = [200]): Promise<RegistryAnswer> {
    const answer = await this.open(request);
    if (statuses.includes(answer.http.status)) return answer;
    throw await this.failure(answer);
  }

  /** The error of an answer that is not a success. Its body is read. */
  async failure({ http, subject }: RegistryAnswer): Promise<ModelError> {
    const body = await this.#http.readStart(http, MAX_ERROR_BODY);
    const retryAfter = header(http.headers, 'retry-after');
    return answerError({ status: http.status, body, retryAfter }, subject, this.#now());
  }

  /** @param final whether challenges are left unanswered. */
  async #send(request: RegistryRequest, start: Authorization | undefined, final: boolean): Promise<Exchange> {
    const { method = 'GET', signal } = request;
    const home = new URL(request.origin).origin;
    let url = request.direct ?? new URL(request.url);
    let authorization = start;
    let answered = final ? 2 : 0;
    let redirected = request.direct !== undefined || url.origin !== home;
    for (let redirects = 0; ; ) {
      const login = redirected || authorization === undefined ? {} : { authorization: authorization.header };
      const headers = { ...request.headers, ...login };
      const answer = await this.#http.send({ method, url, headers, body: request.body?.(), signal });
      if (!redirected && isWorthAnswering(answer, answered)) {
        answered++;
        const better = await this.#answer(request, answer, authorization);
        if (better !== undefined) {
          authorization = better;
          await this.#http.discard(answer);
          continue;
        }
      }
      const target = nextHop(method, answer);
      if (target === undefined) {
        if (!redirected) this.#showWarnings(request.registry, answer);
        return { http: answer, redirected, authorization, subject: subjectOf(request, authorization) };
      }
      await this.#http.discard(answer);
      if (++redirects > MAX_REDIRECTS)
        throw redirectError(request, `redirects more than ${MAX_REDIRECTS} times`);
      if (!mayFollow(url, target))
        throw redirectError(request, `redirects to ${target.protocol}//${target.host}`);
      redirected ||= target.origin !== home;
      url = target;
    }
  }

  async #answer(
    request: RegistryRequest,
    answer: HttpAnswer,
    rejected: Authorization | undefined,
  ): Promise<Authorization | undefined> {
    const lines = headerLines(answer.headers, 'www-authenticate');
    try {
      return await this.#auth.answer(request, lines, rejected, request.signal);
    } catch (error) {
      await this.#http.discard(answer);
      throw error;
    }
  }

  /** Whether the registry itself refused a login, for what it may give to everybody. */
  #isRefusedLogin(request: RegistryRequest, { http, redirected, authorization }: Exchange): boolean {
    const refused = http.status === 401 || http.status === 403;
    const withLogin = authorization?.withCredential ?? false;
    return refused && withLogin && !redirected && isReadOnly(request.scopes);
  }

  #showWarnings(registry: string, { headers }: HttpAnswer): void {
    for (const text of parseWarnings(headerLines(headers, 'warning'))) {
      const warning = `${registry} warns: ${text}`;
      if (this.#warnings.has(warning) || this.#warnings.size >= MAX_WARNINGS) continue;
      this.#warnings.add(warning);
      this.#log.warn(warning);
    }
  }
}

const INTENTS: Readonly<Record<HttpMethod, Subject['intent']>> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'write',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'delete',
};

function subjectOf(request: RegistryRequest, authorization: Authorization | undefined): Subject {
  const { registry, what, method = 'GET' } = request;
  const withCredential = authorization?.withCredential === true || authorization?.loginRefused === true;
  return { registry, what, withCredential, intent: INTENTS[method] };
}

function redirectError({ registry, what }: RegistryRequest, reason: string): ModelError {
  const message = `${registry} ${reason} for ${what}, which is not allowed. Check the registry's address.`;
  return new ModelError('registry-error', message, { registry });
}
