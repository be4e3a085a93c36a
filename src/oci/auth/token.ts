/**
 * The exchange of a login, or of none, for a registry token. Distribution has two protocols:
 * - docs/spec/auth/token.md: `GET realm?service=…&scope=…&scope=…`, the login as Basic;
 * - docs/spec/auth/oauth.md: `POST realm` with a form, for refresh tokens (identity tokens).
 *
 * Registries support one or both: ACR answers 400, Artifactory 401, GCR 404 and others 405 to the form, and the
 * first protocol is tried then. A password is sent by GET, and by the form if there is no GET.
 */
import * as z from 'zod';
import { ModelError } from '../../base/error.ts';
import { parseSmallJson } from '../../base/json.ts';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
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
  type RegistryTokenCredential,
} from '../spec/credential.ts';
import { behindColon, inBrackets, isErrorBody, readReason } from '../spec/reason.ts';
import { type AllowedServer, realmServer, realmZone } from './realm.ts';

export { isRealmAllowed } from './realm.ts';

/** Bytes. Tokens with many scopes are a few kilobytes, and some servers add facts about the user. */
const MAX_TOKEN_BODY = 512 * 1024;
/** Bytes of an error's body that are read. */
const MAX_ERROR_BODY = 64 * 1024;
/** Life of a token in seconds if the answer does not say, and the least of any: the specification's value. */
const DEFAULT_LIFE = 60;
/** Seconds. A longer life is not believed. */
const MAX_LIFE = 24 * 3600;
const MAX_TOKEN_REDIRECTS = 3;
/** The name of this client for OAuth2 servers, which want a name but no registration. */
const CLIENT_ID = 'oci-models';
/** Answers to the form from registries that do not support it. */
const WITHOUT_FORM: readonly number[] = [400, 401, 404, 405];
/** Answers to the query from registries that only support the form. */
const WITHOUT_QUERY: readonly number[] = [404, 405];
/** The user name of an identity token if none is known, as in Docker's helpers. */
const TOKEN_USER = '<token>';

/** A token can only have characters that are valid in a header. */
const TOKEN = /^[\x21-\x7e]+$/;
const tokenText = z.string().regex(TOKEN);
const tokenAnswer = z.object({
  access_token: tokenText.optional().catch(undefined),
  token: tokenText.optional().catch(undefined),
  refresh_token: tokenText.optional().catch(undefined),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});

/** The request for a token. */
export interface TokenRequest {
  /** Registry host as in the reference. */
  readonly registry: string;
  /** The host that sent the challenge, which limits the realms that it may name. */
  readonly challenger: Answerer;
  readonly realm: string;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  /** A login. Ready registry tokens are never exchanged. */
  readonly credential: Credential | undefined;
  readonly signal: AbortSignal;
}

/** A token and its life. */
export interface Token {
  readonly value: string;
  /** Milliseconds. */
  readonly lifeMs: number;
  /** The new identity token, if the server replaced it. */
  readonly refreshToken: string | undefined;
}

/** A request to a token server. */
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
  const message =
    to.host === from.host
      ? t(
          'The token server {0} of {1} redirects in a circle. Check the registry’s address.',
          from.host,
          registry,
        )
      : t(
          'The token server {0} of {1} redirects to {2}, which is not allowed. Check the registry’s address.',
          from.host,
          registry,
          to.host,
        );
  throw new ModelError('auth-denied', message, { registry });
}

/** @throws ModelError `auth-denied` for an address in a private network, else `error`. */
function refuseInnerAddress({ registry }: TokenRequest, { host }: URL, error: unknown): never {
  if (!(error instanceof InnerAddressError)) throw error;
  const message = t(
    '{0} sends the sign-in to {1} in a private network, which is not allowed. Check the registry’s address.',
    registry,
    host,
  );
  throw new ModelError('auth-denied', message, { registry, cause: error });
}

/** Sends a request and follows redirects. The login only goes to the server that the registry named. */
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
    // A form contains the login, and a redirect that changes the method would lose it.
    const keepsForm = target.origin === url.origin && [307, 308].includes(answer.status);
    const next = realmZone(answer, target);
    if (redirects >= MAX_TOKEN_REDIRECTS || next === undefined || !(body === undefined || keepsForm))
      return refuseRedirect(request, url, target);
    url = target;
    within = next;
  }
}

/** Returns the error of a token server that refuses, and consumes its body. */
async function refusal(http: HttpClient, request: TokenRequest, answer: HttpAnswer): Promise<ModelError> {
  const { registry, credential } = request;
  const { status, headers, url } = answer;
  const body = await http.readError(answer, MAX_ERROR_BODY);
  const { text, isPage, title } = readReason(body, header(headers, 'content-type'));
  const isPortal = status === 511 || (isPage && status !== 401 && status < 500);
  if (isPortal) return webPageError({ registry, host: url.host, what: t('a token'), title, status });
  const details = { registry, status };
  if (status === 401 || status === 403) {
    return credential === undefined
      ? new ModelError('auth-required', accessRefused(registry, url.host, status, text), details)
      : new ModelError('auth-denied', loginRefused(registry, url.host, status, text), details);
  }
  const said = inBrackets(text);
  if (status === 429) {
    const signInHelps = credential === undefined;
    const { retryAfterMs, hint, retryable } = rateLimit(headers, !signInHelps, Date.now());
    const happened = t(
      'The token server {0} of {1} limits how often it is asked{2}.',
      url.host,
      registry,
      said,
    );
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    // Both are whole sentences.
    return new ModelError('rate-limited', asLocalized(`${happened} ${hint}`), {
      ...details,
      ...wait,
      retryable,
      signInHelps,
    });
  }
  const retryable = status === 408 || status >= 500;
  const message = retryable
    ? t('The token server {0} of {1} answered {2}{3}. Try again later.', url.host, registry, status, said)
    : t(
        'The token server {0} of {1} answered {2}{3}. Contact the registry’s operator.',
        url.host,
        registry,
        status,
        said,
      );
  return new ModelError('registry-error', message, { ...details, retryable });
}

function accessRefused(registry: string, host: string, status: number, text: string): Localized {
  return t(
    '{0} denied access ({1} answered {2}{3}). Sign in, or check the name: private and missing models look alike.',
    registry,
    host,
    status,
    behindColon(text),
  );
}

function loginRefused(registry: string, host: string, status: number, text: string): Localized {
  return t(
    '{0} denied access ({1} answered {2}{3}). Check that the user name and the password or token are current.',
    registry,
    host,
    status,
    behindColon(text),
  );
}

/** Reads the token of a successful answer. */
async function readToken(http: HttpClient, request: TokenRequest, answer: HttpAnswer): Promise<Token> {
  const { registry } = request;
  const body = await http.readAll(answer, MAX_TOKEN_BODY);
  const parsed = tokenAnswer.safeParse(body === undefined ? undefined : parseSmallJson(body));
  const value = parsed.data?.access_token ?? parsed.data?.token;
  if (value === undefined) {
    const { host } = answer.url;
    const start = body?.subarray(0, MAX_ERROR_BODY) ?? Buffer.alloc(0);
    const { text, isPage, title } = readReason(start, header(answer.headers, 'content-type'));
    if (isPage) throw webPageError({ registry, host, what: t('a token'), title });
    // Other bodies may contain a token under a name that is not known here.
    const isError = isErrorBody(start);
    const said = inBrackets(text);
    const message = isError
      ? t(
          'The token server {0} of {1} returned no token{2}. Try again later, or contact the registry’s operator.',
          host,
          registry,
          said,
        )
      : t('The token server {0} of {1} returned no token. Contact the registry’s operator.', host, registry);
    throw new ModelError('registry-error', message, { registry, retryable: isError });
  }
  const life = Math.min(MAX_LIFE, Math.max(DEFAULT_LIFE, parsed.data?.expires_in ?? DEFAULT_LIFE));
  return { value, lifeMs: life * 1000, refreshToken: parsed.data?.refresh_token };
}

/** Asks by one protocol, and by the other if the server does not support the first. */
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
  // If the server supports neither, its first answer says best what is wrong.
  throw [400, 404, 405].includes(other.status) ? failure : otherFailure;
}

/** Tells whether the answer is a success: 200 by the specification, 201 to 203 from some servers. */
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
 * @throws ModelError `auth-required` or `auth-denied` if it refuses, `rate-limited`, `registry-error`,
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

/**
 * Returns a ready token as a header may have it. Files that were edited by hand have line ends behind it.
 * @throws ModelError `auth-denied` if it has characters that no token has.
 */
export function readyToken(registry: string, { registryToken }: RegistryTokenCredential): string {
  const token = registryToken.trim();
  if (TOKEN.test(token)) return token;
  const message = t(
    'The token that is stored for {0} has characters that no token has. Sign in again.',
    registry,
  );
  throw new ModelError('auth-denied', message, { registry });
}

/** Returns the error of a ready token that a registry does not accept. */
export function tokenRefused(registry: string): ModelError {
  const message = t('{0} refused the token that is stored for it. Sign in again.', registry);
  return new ModelError('auth-denied', message, { registry, status: 401 });
}

/** Returns the error of an exchange that takes too long. */
export function tokenTimeout(registry: string, cause: unknown): ModelError {
  const message = t(
    'The token server of {0} did not answer in time. Check the network and try again.',
    registry,
  );
  return new ModelError('offline', message, { registry, cause, retryable: true });
}
