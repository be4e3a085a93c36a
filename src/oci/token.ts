/**
 * Exchanging a login, or none, for a registry token
 * (distribution, docs/spec/auth/token.md: `GET realm?service=…&scope=…`).
 */
import { z } from 'zod';
import { ModelError } from '../base/error.ts';
import { basicAuthorization, type Credential, isPasswordCredential } from './credential.ts';
import { parseRetryAfter } from './failure.ts';
import { type HttpAnswer, type HttpClient, header, redirectTarget } from './http.ts';
import { isLoopbackHost, mayFollow } from './network.ts';

/** Bytes; tokens with many scopes are a few kilobytes. */
const MAX_TOKEN_BODY = 128 * 1024;
/** Seconds that a token lives when the answer does not say: the specification's value, and its least. */
const DEFAULT_LIFE = 60;
/** Seconds; a longer life is not believed. */
const MAX_LIFE = 24 * 3600;
const MAX_TOKEN_REDIRECTS = 3;

/** A token may only have characters that can stand in a header. */
const tokenText = z.string().regex(/^[\x21-\x7e]+$/);
const tokenAnswer = z.object({
  access_token: tokenText.optional().catch(undefined),
  token: tokenText.optional().catch(undefined),
  expires_in: z.number().optional().catch(undefined),
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
  readonly credential: Credential | undefined;
  readonly signal: AbortSignal;
}

/** A token and how long it is good for. */
export interface Token {
  readonly value: string;
  /** Milliseconds. */
  readonly lifeMs: number;
}

/**
 * Whether a registry's challenge may point to `realm`. It must be https; a registry that is asked over plain
 * http may also name its own host or this machine. A registry elsewhere may never name this machine or its
 * network segment.
 */
export function isRealmAllowed(origin: URL, realm: URL): boolean {
  if (!mayFollow(origin, realm) || realm.username !== '' || realm.password !== '') return false;
  if (realm.protocol === 'https:') return true;
  return realm.hostname === origin.hostname || (isLoopbackHost(origin.host) && isLoopbackHost(realm.host));
}

function realmUrl({ registry, origin, realm, service, scopes }: TokenRequest): URL {
  const base = new URL(origin);
  const url = URL.canParse(realm, base.href) ? new URL(realm, base) : undefined;
  if (url === undefined || !isRealmAllowed(base, url)) {
    const where = url === undefined ? 'an invalid address' : url.host;
    const message = `${registry} sends the sign-in to ${where}, which is not allowed. Check the registry's address.`;
    throw new ModelError('auth-denied', message, { registry });
  }
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return url;
}

/** Follows redirects of the token server; the login stays with the server that the registry named. */
async function send(http: HttpClient, request: TokenRequest): Promise<HttpAnswer> {
  const first = realmUrl(request);
  let url = first;
  for (let redirects = 0; ; redirects++) {
    const withLogin = request.credential !== undefined && url.origin === first.origin;
    const authorization =
      withLogin && isPasswordCredential(request.credential)
        ? basicAuthorization(request.credential)
        : undefined;
    const headers = { accept: 'application/json', ...(authorization === undefined ? {} : { authorization }) };
    const answer = await http.get({ url, headers, signal: request.signal });
    const target = redirectTarget(answer);
    if (target === undefined) return answer;
    await http.discard(answer);
    if (redirects >= MAX_TOKEN_REDIRECTS || !isRealmAllowed(url, target)) {
      const message = `The token server of ${request.registry} redirects to ${target.host}, which is not allowed. Check the registry's address.`;
      throw new ModelError('auth-denied', message, { registry: request.registry });
    }
    url = target;
  }
}

/** The answer's own text is not shown: a realm is an address that somebody else chose. */
function refusal(request: TokenRequest, answer: HttpAnswer): ModelError {
  const { registry, credential } = request;
  const { status, url } = answer;
  const details = { registry, status };
  if (status === 401 || status === 403) {
    const [code, hint] =
      credential === undefined
        ? ([
            'auth-required',
            'Sign in to it, or check the name: private and missing models look alike.',
          ] as const)
        : (['auth-denied', 'Check that the user name and the password or token are current.'] as const);
    return new ModelError(
      code,
      `${registry} gave no access (${url.host} answered ${status}). ${hint}`,
      details,
    );
  }
  const retryable = status === 408 || status === 429 || status >= 500;
  const message = `The token server ${url.host} of ${registry} answered ${status}. Try again later.`;
  if (status !== 429) return new ModelError('registry-error', message, { ...details, retryable });
  const retryAfterMs = parseRetryAfter(header(answer.headers, 'retry-after'), Date.now());
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new ModelError('rate-limited', message, { ...details, ...wait, retryable });
}

/**
 * Asks the token server of a challenge.
 * @throws ModelError `auth-required` or `auth-denied` where it gives none, `rate-limited`, `registry-error`,
 * `offline`, `tls`.
 */
export async function fetchToken(http: HttpClient, request: TokenRequest): Promise<Token> {
  const answer = await send(http, request);
  if (answer.status !== 200) {
    await http.discard(answer);
    throw refusal(request, answer);
  }
  const body = await http.readAll(answer, MAX_TOKEN_BODY);
  const parsed = tokenAnswer.safeParse(parseJson(body));
  const value = parsed.data?.access_token ?? parsed.data?.token;
  if (value === undefined) {
    const message = `The token server ${answer.url.host} of ${request.registry} gave an answer without a token. Ask who runs the registry.`;
    throw new ModelError('registry-error', message, { registry: request.registry });
  }
  const life = Math.min(MAX_LIFE, Math.max(DEFAULT_LIFE, parsed.data?.expires_in ?? DEFAULT_LIFE));
  return { value, lifeMs: life * 1000 };
}

function parseJson(body: Buffer | undefined): unknown {
  try {
    return body === undefined ? undefined : JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
