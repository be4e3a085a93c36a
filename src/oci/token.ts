/**
 * Exchanging a login, or none, for a registry token. Two protocols of distribution:
 * - docs/spec/auth/token.md: `GET realm?service=…&scope=…&scope=…`, the login as Basic;
 * - docs/spec/auth/oauth.md: `POST realm` with a form, for refresh tokens (identity tokens).
 *
 * Registries differ in which they have: ACR answers 400, Artifactory 401, GCR 404 and others 405 to the form,
 * so that the first protocol is tried then. A password goes by GET, and by the form where there is no GET.
 */
import { z } from 'zod';
import { ModelError } from '../base/error.ts';
import {
  basicAuthorization,
  type Credential,
  type IdentityTokenCredential,
  isIdentityToken,
  isPasswordCredential,
  type PasswordCredential,
} from './credential.ts';
import { parseRetryAfter } from './failure.ts';
import { type HttpAnswer, type HttpClient, header, redirectTarget } from './http.ts';
import { isRealmAllowed, realmUrl } from './realm.ts';

export { isRealmAllowed } from './realm.ts';

/** Bytes; tokens with many scopes are a few kilobytes. */
const MAX_TOKEN_BODY = 128 * 1024;
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
  /** Origin of the registry's API: decides what its challenge may point to. */
  readonly origin: string;
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
  readonly url: URL;
  readonly authorization?: string | undefined;
  readonly body?: string | undefined;
}

function byQuery(request: TokenRequest, login: PasswordCredential | undefined): Ask {
  const url = realmUrl(request.registry, request.origin, request.realm);
  if (request.service !== undefined) url.searchParams.set('service', request.service);
  for (const scope of request.scopes) url.searchParams.append('scope', scope);
  return { method: 'GET', url, authorization: login && basicAuthorization(login) };
}

function byForm(request: TokenRequest, login: Readonly<Record<string, string>>): Ask {
  const form = new URLSearchParams({ ...login, client_id: CLIENT_ID });
  if (request.service !== undefined) form.set('service', request.service);
  if (request.scopes.length > 0) form.set('scope', request.scopes.join(' '));
  return {
    method: 'POST',
    url: realmUrl(request.registry, request.origin, request.realm),
    body: form.toString(),
  };
}

/** Follows redirects of the token server; the login stays with the server that the registry named. */
async function send(http: HttpClient, request: TokenRequest, ask: Ask): Promise<HttpAnswer> {
  const { method, body, authorization } = ask;
  let url = ask.url;
  for (let redirects = 0; ; redirects++) {
    const login = authorization !== undefined && url.origin === ask.url.origin ? { authorization } : {};
    const form = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const headers = { accept: 'application/json', ...form, ...login };
    const answer = await http.send({ method, url, headers, body, signal: request.signal });
    const target = redirectTarget(answer);
    if (target === undefined) return answer;
    await http.discard(answer);
    // A form has the login in it, and a redirect that asks for another method would lose it.
    const keepsForm = target.origin === url.origin && [307, 308].includes(answer.status);
    const allowed = isRealmAllowed(url, target) && (body === undefined || keepsForm);
    if (redirects >= MAX_TOKEN_REDIRECTS || !allowed) {
      const message = `The token server of ${request.registry} redirects to ${target.host}, which is not allowed. Check the registry's address.`;
      throw new ModelError('auth-denied', message, { registry: request.registry });
    }
    url = target;
  }
}

/** The answer's own text is not shown: a realm is an address that somebody else chose. */
function refusal({ registry, credential }: TokenRequest, { status, url, headers }: HttpAnswer): ModelError {
  const details = { registry, status };
  if (status === 401 || status === 403) {
    const [code, hint] =
      credential === undefined
        ? ([
            'auth-required',
            'Sign in to it, or check the name: private and missing models look alike.',
          ] as const)
        : (['auth-denied', 'Check that the user name and the password or token are current.'] as const);
    const message = `${registry} gave no access (${url.host} answered ${status}). ${hint}`;
    return new ModelError(code, message, details);
  }
  const retryable = status === 408 || status === 429 || status >= 500;
  const message = `The token server ${url.host} of ${registry} answered ${status}. Try again later.`;
  if (status !== 429) return new ModelError('registry-error', message, { ...details, retryable });
  const retryAfterMs = parseRetryAfter(header(headers, 'retry-after'), Date.now());
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new ModelError('rate-limited', message, { ...details, ...wait, retryable });
}

function parseJson(body: Buffer | undefined): unknown {
  try {
    return body === undefined ? undefined : JSON.parse(body.toString('utf8'));
  } catch {
    // Not JSON: the answer has no token, which is said by the caller.
    return undefined;
  }
}

/** The token of an answer of status 200. */
async function readToken(http: HttpClient, request: TokenRequest, answer: HttpAnswer): Promise<Token> {
  const parsed = tokenAnswer.safeParse(parseJson(await http.readAll(answer, MAX_TOKEN_BODY)));
  const value = parsed.data?.access_token ?? parsed.data?.token;
  if (value === undefined) {
    const message = `The token server ${answer.url.host} of ${request.registry} gave an answer without a token. Ask who runs the registry.`;
    throw new ModelError('registry-error', message, { registry: request.registry });
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
  if (answer.status === 200) return readToken(http, request, answer);
  await http.discard(answer);
  if (!withoutFirst.includes(answer.status)) throw refusal(request, answer);
  const other = await send(http, request, second());
  if (other.status === 200) return readToken(http, request, other);
  await http.discard(other);
  // The server that has neither way says best in its first answer what is wrong.
  throw refusal(request, [400, 404, 405].includes(other.status) ? answer : other);
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
