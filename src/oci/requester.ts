/** GET requests to a registry: authorised by challenge, redirects followed with care. */
import { ModelError } from '../base/error.ts';
import type { Authorization, Authorizer } from './auth.ts';
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

/** Bytes of an error's body that are read. */
const MAX_ERROR_BODY = 64 * 1024;

/** What is asked of a registry. */
export interface RegistryRequest {
  /** Registry host, as in the reference. */
  readonly registry: string;
  /** Origin of the registry's API. */
  readonly origin: string;
  readonly url: string;
  /** Scopes that the request needs. */
  readonly scopes: readonly string[];
  /** What it is for, for errors: a reference, `the tags of …`. */
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, whatever its status, after redirects and challenges. */
export interface RegistryAnswer {
  readonly http: HttpAnswer;
  /** Whether it came from another server than the registry. */
  readonly redirected: boolean;
  readonly subject: Subject;
}

/** Sends requests for the registry client. */
export class Requester {
  readonly #http: HttpClient;
  readonly #auth: Authorizer;
  readonly #now: () => number;

  constructor(http: HttpClient, auth: Authorizer, now: () => number) {
    this.#http = http;
    this.#auth = auth;
    this.#now = now;
  }

  /**
   * Sends a request, answers one challenge of the registry, and follows redirects. The `Authorization` goes to
   * the registry's origin only, and never again once a redirect has left it; the other headers, such as
   * `Range`, go along. Object stores refuse signed addresses that come with an `Authorization`.
   * @throws ModelError for failures of the network and of the sign-in; an HTTP error is an answer.
   */
  async open(request: RegistryRequest): Promise<RegistryAnswer> {
    const { origin, signal } = request;
    let url = new URL(request.url);
    let authorization = this.#auth.current(request);
    let challenged = false;
    let redirected = false;
    for (let redirects = 0; ; ) {
      const answer = await this.#http.get({
        url,
        headers: this.#headers(request, redirected, authorization),
        signal,
      });
      if (answer.status === 401 && !redirected && !challenged) {
        challenged = true;
        const lines = headerLines(answer.headers, 'www-authenticate');
        const better = await this.#auth.answer(request, lines, authorization, signal);
        if (better !== undefined) {
          authorization = better;
          await this.#http.discard(answer);
          continue;
        }
      }
      const target = redirectTarget(answer);
      if (target === undefined)
        return { http: answer, redirected, subject: subjectOf(request, authorization) };
      await this.#http.discard(answer);
      if (++redirects > MAX_REDIRECTS)
        throw redirectError(request, `redirects more than ${MAX_REDIRECTS} times`);
      if (!mayFollow(url, target))
        throw redirectError(request, `redirects to ${target.protocol}//${target.host}`);
      redirected ||= target.origin !== origin;
      url = target;
    }
  }

  /** As {@link open}, but an answer that is not 200 is an error. */
  async openOk(request: RegistryRequest): Promise<RegistryAnswer> {
    const answer = await this.open(request);
    if (answer.http.status === 200) return answer;
    throw await this.failure(answer);
  }

  /** The error of an answer that is not a success. Its body is read. */
  async failure({ http, subject }: RegistryAnswer): Promise<ModelError> {
    const body = await this.#http.readStart(http, MAX_ERROR_BODY);
    const retryAfter = header(http.headers, 'retry-after');
    return answerError({ status: http.status, body, retryAfter }, subject, this.#now());
  }

  #headers(
    request: RegistryRequest,
    redirected: boolean,
    authorization: Authorization | undefined,
  ): Readonly<Record<string, string>> {
    if (redirected || authorization === undefined) return request.headers;
    return { ...request.headers, authorization: authorization.header };
  }
}

function subjectOf({ registry, what }: RegistryRequest, authorization: Authorization | undefined): Subject {
  return { registry, what, withCredential: authorization?.withCredential ?? false };
}

function redirectError({ registry, what }: RegistryRequest, reason: string): ModelError {
  const message = `${registry} ${reason} for ${what}, which is not allowed. Check the registry's address.`;
  return new ModelError('registry-error', message, { registry });
}
