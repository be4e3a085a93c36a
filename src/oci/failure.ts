/** Failures of HTTP as ModelErrors. Messages name a host and a reference, never a query or a header. */
import { z } from 'zod';
import { cancelledError, ModelError, systemErrorCode } from '../base/error.ts';
import { HUGGING_FACE } from './shorthand.ts';

/** What an exchange was for, so that its failure can be told to a person. */
export interface Subject {
  /** Registry host, as in the reference. */
  readonly registry: string;
  /** What was asked for: a reference, `the tags of …`. */
  readonly what: string;
  /** Whether a login went with the request. */
  readonly withCredential: boolean;
  /** What the request would have done; `read` where absent. */
  readonly intent?: 'read' | 'write' | 'delete' | undefined;
}

/** An answer that is not a success. */
export interface FailedAnswer {
  readonly status: number;
  /** The first bytes of the body. */
  readonly body: Uint8Array;
  readonly retryAfter: string | undefined;
}

/** Longest text of a registry that is shown. Characters. */
const MAX_SHOWN = 300;

const entry = z.object({ code: z.string().optional(), message: z.string().optional() });
const errorBody = z.union([
  z.object({ errors: z.array(entry).min(1) }).transform(({ errors }) => errors),
  z.object({ error: z.string() }).transform(({ error }) => [{ code: undefined, message: error }]),
]);

/** Control and format characters, such as escape sequences and marks that turn the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Text of a server, on one line, without control characters and with an end. */
export function printable(text: string): string {
  const line = text.replace(UNPRINTABLE, ' ').trim();
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
}

/** The `errors[]` of distribution-spec ("Error Codes") on one line; empty where there are none. */
export function registryMessage(body: Uint8Array): string {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return '';
  }
  const parsed = errorBody.safeParse(json);
  if (!parsed.success) return '';
  const texts = parsed.data.map(({ code, message }) => [code, message].filter(Boolean).join(': '));
  return printable([...new Set(texts)].join('; ')).replace(/\.$/, '');
}

/**
 * Milliseconds that a `Retry-After` asks for (RFC 9110, 10.2.3: seconds or a date), or undefined.
 * @param now milliseconds since 1970.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Dates start with the name of a day; Date.parse alone would take much more than a date.
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) || date <= now ? undefined : date - now;
}

function waitText(ms: number | undefined): string {
  if (ms === undefined) return 'Wait a while and try again';
  const minutes = Math.ceil(ms / 60_000);
  return minutes <= 1 ? 'Try again in a minute' : `Try again in ${minutes} minutes`;
}

/**
 * The error of an answer that is not a success.
 * @param now milliseconds since 1970, for `Retry-After` dates.
 */
export function answerError(answer: FailedAnswer, subject: Subject, now: number): ModelError {
  const { status } = answer;
  const { registry, what, withCredential, intent = 'read' } = subject;
  const said = registryMessage(answer.body);
  const saying = said === '' ? '' : ` (${said})`;
  const retryAfterMs = parseRetryAfter(answer.retryAfter, now);
  const details = { registry, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (status === 401 && !withCredential) {
    const message = `${registry} asks for a sign-in for ${what}${saying}. Sign in to it, or check the name: private and missing models look alike.`;
    return new ModelError('auth-required', message, details);
  }
  if (status === 401 || status === 403) {
    const hint = withCredential
      ? `Check that the login is current and may ${intent} it.`
      : `Sign in with a login that may ${intent} it.`;
    return new ModelError('auth-denied', `${registry} denied access to ${what}${saying}. ${hint}`, details);
  }
  if (status === 404) {
    const message = `${registry} does not have ${what}${saying}. Check the name and the tag.`;
    return new ModelError('not-found', message, details);
  }
  if (status === 405 && intent !== 'read') {
    const message = `${registry} does not allow to ${intent} ${what}${saying}. Ask who runs the registry.`;
    return new ModelError('registry-error', message, details);
  }
  if (status === 429) {
    const message = `${registry} limits how often it is asked${saying}. ${waitText(retryAfterMs)}, or sign in for a higher limit.`;
    return new ModelError('rate-limited', message, { ...details, retryable: true });
  }
  if (status === 400 && registry === HUGGING_FACE && /shard/i.test(said)) {
    const message = `${what} is split into several files, which Hugging Face does not serve as one model. Choose a quantisation that is one file.`;
    return new ModelError('unsupported-artifact', message, details);
  }
  const retryable = status === 408 || status >= 500;
  const hint = retryable ? 'Try again later.' : 'Check the name, or ask who runs the registry.';
  const useless = status < 300 ? ', in a form that was not asked for' : '';
  const message = `${registry} answered ${status} to the request for ${what}${useless}${saying}. ${hint}`;
  return new ModelError('registry-error', message, { ...details, retryable });
}

const TLS_CODES = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CERT_REVOKED',
  'HOSTNAME_MISMATCH',
  'EPROTO',
]);

function isTlsCode(code: string): boolean {
  return TLS_CODES.has(code) || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_');
}

const NETWORK_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers at that address',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no network',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'it stopped sending',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the connection ended before everything was there',
};

/** The code of the innermost error that has one: an AggregateError holds one error for each address tried. */
function networkCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) {
    const inner = error.errors.map(networkCode).find((code) => code !== undefined);
    if (inner !== undefined) return inner;
  }
  const code = systemErrorCode(error);
  if (error instanceof Error && error.cause !== undefined) return networkCode(error.cause) ?? code;
  return code;
}

/**
 * The error of an exchange that broke: `cancelled`, `tls`, or a retryable `offline`.
 * @param host the host that was talked to, without path and query.
 */
export function networkError(error: unknown, host: string, signal: AbortSignal | undefined): ModelError {
  if (signal?.aborted) return cancelledError(error);
  if (error instanceof ModelError) return error;
  const code = networkCode(error) ?? '';
  if (isTlsCode(code)) {
    const message = `The connection to ${host} is not trusted (${code}). Check its certificate, the clock of this machine and the proxy settings.`;
    return new ModelError('tls', message, { cause: error, registry: host });
  }
  const reason =
    NETWORK_REASONS[code] ?? (code === '' ? 'the connection failed' : `the connection failed (${code})`);
  const message = `${host} cannot be reached: ${reason}. Check the network, the address and the proxy settings.`;
  return new ModelError('offline', message, { cause: error, registry: host, retryable: true });
}
