/**
 * Exchanging a login, or none, for a registry token. Two protocols of distribution:
 * - docs/spec/auth/token.md: `GET realm?service=…&scope=…&scope=…`, the login as Basic;
 * - docs/spec/auth/oauth.md: `POST realm` with a form, for refresh tokens (identity tokens).
 *
 * Registries differ in which they have: ACR answers 400, Artifactory 401, GCR 404 and others 405 to the form,
 * so that the first protocol is tried then. A password goes by GET, and by the form where there is no GET.
 */
import { z } from 'zod';
import { ModelError } from '../../base/error.ts';
import { parseSmallJson } from '../../base/json.ts';
import { rateLimit, webPageError } from '../http/answerErrors.ts';
import { InnerAddressError } from '../http/guardedLookup.ts';
import { type HttpAnswer, type HttpClient, header, redirectTarget } from '../http/http.ts';
import type { Answerer } from '../http/zone.ts';
import {
  basicAuthorization,
  type Credential,
  type IdentityTokenCredential,
  isIdentityToken,
  isPasswordCredential,
  type PasswordCredential,
} from '../spec/credential.ts';
import { isErrorBody, readReason } from '../spec/reason.ts';
import { type AllowedServer, realmServer, realmZone } from './realm.ts';

export { isRealmAllowed } from './realm.ts';

/** Bytes; tokens with many scopes are a few kilobytes, and some servers send what they know of the user as well. */
const MAX_TOKEN_BODY = 512 * 1024;
/** Bytes of an error's body that are read. */
const MAX_ERROR_BODY = 64 * 1024;
/** Seconds that a token lives when the answer does not say: the specification's value, and its least. */
const DEFAULT_LIFE = 60;
/** Seconds; a longer life is not believed. */
const MAX_LIFE = 24 * 3600;
const MAX_TOKEN_REDIRECTS = 3;
/** How this client calls itself to OAuth2 servers, which ask for a name and not for a registration. */
const CLIENT_ID = 'oci-models';
/** Answers to the form from registries that do not take it. */
const WITHOUT_FORM: readonly number[] = [400, 401, 404, 405];
/** Answers to the query from registries that only take the form. */
const WITHOUT_QUERY: readonly number[] = [404, 405];
/** The user name that stands beside an identity token where none is known, as Docker's helpers have it. */
const TOKEN_USER = '<token>';

/** A token may only have characters that can stand in a header. */
const tokenText = z.string().regex(/^[\x21-\x7e]+$/);
const tokenAnswer = z.object({
  access_token: tokenText.optional().catch(undefined),
  token: tokenText.optional().catch(undefined),
  refresh_token: tokenText.optional().catch(undefined),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});

/** What to ask a token for. */
export interface TokenRequest {
  /** Registry host, as in the reference. */
  readonly registry: string;
  /** The host that gave the challenge: decides what it may point to. */
  readonly challenger: Answerer;
  readonly realm: string;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  /** A ready registry token is never exchanged. */
  readonly credential: Credential | undefined;
  readonly signal: AbortSignal;
}

/** A token and how long it is good for. */
export interface Token {
  readonly value: string;
  /** Milliseconds. */
  readonly lifeMs: number;
  /** What stands for the identity token from now on, where the server gave a new one. */
  readonly refreshToken: string | undefined;
}

/** One way to ask. */
interface Ask {
  readonly method: 'GET' | 'POST';
  readonly server: AllowedServer;
  readonly authorization?: string | undefined;
  readonly body?: string | undefined;
}

function byQuery(request: TokenRequest, login: PasswordCredential | undefined): Ask {
  const server = realmServer(request.registry, request.challenger, request.realm);
  const { url } = server;
  if (request.service !== undefined) url.searchParams.set('service', request.service);
  for (const scope of request.scopes) url.searchParams.append('scope', scope);
  return { method: 'GET', server, authorization: login && basicAuthorization(login) };
}

function byForm(request: TokenRequest, login: Readonly<Record<string, string>>): Ask {
  const form = new URLSearchParams({ ...login, client_id: CLIENT_ID });
  if (request.service !== undefined) form.set('service', request.service);
  if (request.scopes.length > 0) form.set('scope', request.scopes.join(' '));
  return {
    method: 'POST',
    server: realmServer(request.registry, request.challenger, request.realm),
    body: form.toString(),
  };
}

/** @throws ModelError `auth-denied` */
function refuseRedirect({ registry }: TokenRequest, from: URL, to: URL): never {
  const where = to.host === from.host ? 'in a circle' : `to ${to.host}, which is not allowed`;
  const message = `The token server ${from.host} of ${registry} redirects ${where}. Check the registry's address.`;
  throw new ModelError('auth-denied', message, { registry });
}

/** @throws `error`, or ModelError `auth-denied` in its place. */
function refuseInnerAddress({ registry }: TokenRequest, { host }: URL, error: unknown): never {
  if (!(error instanceof InnerAddressError)) throw error;
  const message = `${registry} sends the sign-in to ${host} in a private network, which is not allowed. Check the registry's address.`;
  throw new ModelError('auth-denied', message, { registry, cause: error });
}

/** Follows redirects of the token server; the login stays with the server that the registry named. */
async function send(http: HttpClient, request: TokenRequest, ask: Ask): Promise<HttpAnswer> {
  const { method, body, authorization } = ask;
  const { origin } = ask.server.url;
  let { url, within } = ask.server;
  for (let redirects = 0; ; redirects++) {
    const login = authorization !== undefined && url.origin === origin ? { authorization } : {};
    const form = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const headers = { accept: 'application/json', ...form, ...login };
    const answer = await http
      .send({ method, url, headers, body, within, signal: request.signal })
      .catch((error: unknown) => refuseInnerAddress(request, url, error));
    const target = redirectTarget(answer);
    if (target === undefined) return answer;
    await http.discard(answer);
    // A form has the login in it, and a redirect that asks for another method would lose it.
    const keepsForm = target.origin === url.origin && [307, 308].includes(answer.status);
    const next = realmZone(answer, target);
    if (redirects >= MAX_TOKEN_REDIRECTS || next === undefined || !(body === undefined || keepsForm))
      return refuseRedirect(request, url, target);
    url = target;
    within = next;
  }
}

/** The error of a token server that gives none. Its body is read. */
async function refusal(http: HttpClient, request: TokenRequest, answer: HttpAnswer): Promise<ModelError> {
  const { registry, credential } = request;
  const { status, headers, url } = answer;
  const body = await http.readStart(answer, MAX_ERROR_BODY);
  const { text, isPage, title } = readReason(body, header(headers, 'content-type'));
  const isPortal = status === 511 || (isPage && status !== 401 && status < 500);
  if (isPortal) return webPageError({ registry, host: url.host, what: 'a token', title, status });
  const details = { registry, status };
  const reason = text === '' ? '' : `: ${text}`;
  if (status === 401 || status === 403) {
    const [code, hint] =
      credential === undefined
        ? ([
            'auth-required',
            'Sign in to it, or check the name: private and missing models look alike.',
          ] as const)
        : (['auth-denied', 'Check that the user name and the password or token are current.'] as const);
    const message = `${registry} gave no access (${url.host} answered ${status}${reason}). ${hint}`;
    return new ModelError(code, message, details);
  }
  const said = text === '' ? '' : ` (${text})`;
  if (status === 429) {
    const signInHelps = credential === undefined;
    const { retryAfterMs, hint, retryable } = rateLimit(headers, !signInHelps, Date.now());
    const message = `The token server ${url.host} of ${registry} limits how often it is asked${said}. ${hint}`;
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    return new ModelError('rate-limited', message, { ...details, ...wait, retryable, signInHelps });
  }
  const retryable = status === 408 || status >= 500;
  const hint = retryable ? 'Try again later.' : "Contact the registry's operator.";
  const message = `The token server ${url.host} of ${registry} answered ${status}${said}. ${hint}`;
  return new ModelError('registry-error', message, { ...details, retryable });
}

/** The token of a successful answer. */
async function readToken(http: HttpClient, request: TokenRequest, answer: HttpAnswer): Promise<Token> {
  const { registry } = request;
  const body = await http.readAll(answer, MAX_TOKEN_BODY);
  const parsed = tokenAnswer.safeParse(body === undefined ? undefined : parseSmallJson(body));
  const value = parsed.data?.access_token ?? parsed.data?.token;
  if (value === undefined) {
    const { host } = answer.url;
    const start = body?.subarray(0, MAX_ERROR_BODY) ?? Buffer.alloc(0);
    const { text, isPage, title } = readReason(start, header(answer.headers, 'content-type'));
    if (isPage) throw webPageError({ registry, host, what: 'a token', title });
    // The words of anything else may have a token in them, under a name that is not known here.
    const isError = isErrorBody(start);
    const said = isError && text !== '' ? ` (${text})` : '';
    const hint = isError ? 'Try again later, or contact' : 'Contact';
    const message = `The token server ${host} of ${registry} gave an answer without a token${said}. ${hint} the registry's operator.`;
    throw new ModelError('registry-error', message, { registry, retryable: isError });
  }
  const life = Math.min(MAX_LIFE, Math.max(DEFAULT_LIFE, parsed.data?.expires_in ?? DEFAULT_LIFE));
  return { value, lifeMs: life * 1000, refreshToken: parsed.data?.refresh_token };
}

/** Asks one way, and another way where the server does not have the first. */
async function exchange(
  http: HttpClient,
  request: TokenRequest,
  first: Ask,
  withoutFirst: readonly number[],
  second: () => Ask,
): Promise<Token> {
  const answer = await send(http, request, first);
  if (isSuccess(answer)) return readToken(http, request, answer);
  const failure = await refusal(http, request, answer);
  if (!withoutFirst.includes(answer.status)) throw failure;
  const other = await send(http, request, second());
  if (isSuccess(other)) return readToken(http, request, other);
  const otherFailure = await refusal(http, request, other);
  // The server that has neither way says best in its first answer what is wrong.
  throw [400, 404, 405].includes(other.status) ? failure : otherFailure;
}

/** 200 by the specification; some servers say that they created something. */
function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status <= 203;
}

function exchangeIdentity(
  http: HttpClient,
  request: TokenRequest,
  { identityToken, username = TOKEN_USER }: IdentityTokenCredential,
): Promise<Token> {
  const form = byForm(request, { grant_type: 'refresh_token', refresh_token: identityToken });
  return exchange(http, request, form, WITHOUT_FORM, () =>
    byQuery(request, { username: username || TOKEN_USER, password: identityToken }),
  );
}

/**
 * Asks the token server of a challenge.
 * @throws ModelError `auth-required` or `auth-denied` where it gives none, `rate-limited`, `registry-error`,
 * `offline`, `tls`.
 */
export async function fetchToken(http: HttpClient, request: TokenRequest): Promise<Token> {
  const { credential } = request;
  if (isIdentityToken(credential)) return exchangeIdentity(http, request, credential);
  const login = isPasswordCredential(credential) ? credential : undefined;
  const query = byQuery(request, login);
  if (login === undefined) return exchange(http, request, query, [], () => query);
  return exchange(http, request, query, WITHOUT_QUERY, () =>
    byForm(request, { grant_type: 'password', username: login.username, password: login.password }),
  );
}

/** The error of a ready token that a registry does not take. */
export function tokenRefused(registry: string): ModelError {
  const message = `${registry} refused the token that is stored for it. Sign in again.`;
  return new ModelError('auth-denied', message, { registry, status: 401 });
}

/** The error of an exchange that takes too long. */
export function tokenTimeout(registry: string, cause: unknown): ModelError {
  const message = `The token server of ${registry} did not answer in time. Check the network and try again.`;
  return new ModelError('offline', message, { registry, cause, retryable: true });
}
