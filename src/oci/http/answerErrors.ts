/** Answers that are no success, as ModelErrors. Messages name a host and a reference, never a query or a header. */
import type { IncomingHttpHeaders } from 'node:http';
import { ModelError, type ModelErrorOptions } from '../../base/error.ts';
import { hostOf } from '../spec/hosts.ts';
import { type Reason, readReason } from '../spec/reason.ts';

export { printable, registryMessage } from '../spec/reason.ts';
export { networkError } from './networkFailure.ts';

/** The thing that an exchange was for; an entry is a manifest that an index names. */
export type SubjectKind = 'manifest' | 'entry' | 'blob' | 'tags' | 'catalog' | 'api';

/** What an exchange was for, so that its failure can be told to a person. */
export interface Subject {
  /** Registry host, as in the reference; the one that a redirect led to if that is a registry itself. */
  readonly registry: string;
  /** What was asked for: a reference, `the tags of …`. */
  readonly what: string;
  /** Defaults to `manifest`. */
  readonly kind?: SubjectKind | undefined;
  /** Whether a login went with the request. */
  readonly withCredential: boolean;
  /** What the request would have done; `read` where absent. */
  readonly intent?: 'read' | 'write' | 'delete' | undefined;
  /** The server that answered, if it is no registry: one that the registry sends downloads to. */
  readonly storage?: string | undefined;
}

/** An answer that is not a success. */
export interface FailedAnswer {
  readonly status: number;
  /** The first bytes of the body. */
  readonly body: Uint8Array;
  readonly retryAfter: string | undefined;
  readonly headers?: IncomingHttpHeaders | undefined;
}

/** Milliseconds; whoever asks for a longer wait means never. */
const MAX_WAIT_MS = 30 * 24 * 3_600_000;

/**
 * Milliseconds that a `Retry-After` asks for (RFC 9110, 10.2.3: seconds or a date), or undefined.
 * @param now milliseconds since 1970.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,20}$/.test(text)) return Math.min(Number(text) * 1000, MAX_WAIT_MS);
  // Dates start with the name of a day; Date.parse alone would take much more than a date.
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) || date <= now ? undefined : Math.min(date - now, MAX_WAIT_MS);
}

function firstHeader(headers: IncomingHttpHeaders, names: readonly string[]): string | undefined {
  const value = names.map((name) => headers[name]).find((found) => found !== undefined);
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Milliseconds until a quota is there again, as `RateLimit-Reset` and its relatives say it: seconds from now, or
 * seconds since 1970.
 */
function quotaReset(headers: IncomingHttpHeaders, now: number): number | undefined {
  const text = firstHeader(headers, ['ratelimit-reset', 'x-ratelimit-reset', 'x-rate-limit-reset'])?.trim();
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const seconds = Number(text);
  const ms = seconds > 1e9 ? seconds * 1000 - now : seconds * 1000;
  return ms > 0 ? Math.min(ms, MAX_WAIT_MS) : undefined;
}

/** Tells whether a quota is used up, such as Docker Hub's `ratelimit-remaining: 0;w=21600`. */
function isQuotaUsedUp(headers: IncomingHttpHeaders): boolean {
  const names = ['ratelimit-remaining', 'x-ratelimit-remaining', 'x-rate-limit-remaining'];
  return /^0+(?:;|$)/.test(firstHeader(headers, names)?.trim() ?? '');
}

function waitText(ms: number | undefined): string {
  if (ms === undefined) return 'Wait a while and try again';
  const minutes = Math.ceil(ms / 60_000);
  if (minutes > 48 * 60) return `Try again in ${Math.ceil(minutes / 60 / 24)} days`;
  if (minutes > 120) return `Try again in ${Math.ceil(minutes / 60)} hours`;
  return minutes <= 1 ? 'Try again in a minute' : `Try again in ${minutes} minutes`;
}

/** What to do about a 429. */
export interface RateLimit {
  readonly retryAfterMs: number | undefined;
  /** Tells whether the same request may succeed soon: a quota that is used up stays so for hours. */
  readonly retryable: boolean;
  readonly hint: string;
}

/** Reads a 429. @param now milliseconds since 1970. */
export function rateLimit(headers: IncomingHttpHeaders, signedIn: boolean, now: number): RateLimit {
  const asked = parseRetryAfter(firstHeader(headers, ['retry-after']), now);
  const retryAfterMs = asked ?? quotaReset(headers, now);
  const wait = waitText(retryAfterMs);
  const hint = signedIn ? `${wait}.` : `${wait}, or sign in for a higher limit.`;
  return { retryAfterMs, retryable: asked !== undefined || !isQuotaUsedUp(headers), hint };
}

/** A page for people that came in place of an answer. */
export interface WebPage {
  readonly registry: string;
  /** The one that answered. */
  readonly host: string;
  /** What was asked for. */
  readonly what: string;
  /** Its title; empty if it has none. */
  readonly title?: string | undefined;
  readonly status?: number | undefined;
}

/** The error of a page of a network that wants a sign-in first, of a filter, or of a host that is no registry. */
export function webPageError({ registry, host, what, title = '', status }: WebPage): ModelError {
  const named = title === '' ? 'A web page' : `A web page (“${title}”)`;
  const whose = host === registry ? named : `${named} of ${host}`;
  const isRefusal = status !== undefined && status >= 400 && status !== 511;
  const answered = isRefusal ? `answered ${status}` : 'answered';
  const hint = isRefusal
    ? 'Check whether a filter or a proxy blocks it, or contact whoever runs the network.'
    : "Sign in to the network in a browser, or check the proxy and the registry's address.";
  const message = `${whose} ${answered} in place of ${registry} for ${what}. ${hint}`;
  return new ModelError('offline', message, { registry, ...(status === undefined ? {} : { status }) });
}

type Details = ModelErrorOptions & { readonly registry: string; readonly status: number };

/** An answer with everything that the sentences are made of. */
interface Told {
  readonly status: number;
  readonly subject: Subject;
  readonly reason: Reason;
  /** ` (reason)`, or nothing. */
  readonly saying: string;
  readonly details: Details;
}

function refused({ status, subject, saying, details }: Told): ModelError {
  const { registry, what, withCredential, storage } = subject;
  if (storage !== undefined) {
    const message = `${storage}, where ${registry} keeps its files, denied access to ${what}${saying}. Try again; if it stays so, contact the registry's operator.`;
    return new ModelError('registry-error', message, details);
  }
  if (status === 401 && !withCredential) {
    const message = `${registry} asks for a sign-in for ${what}${saying}. ${signInHint(subject)}`;
    return new ModelError('auth-required', message, details);
  }
  const hint = withCredential ? loginHint(subject) : signInHint(subject);
  return new ModelError('auth-denied', `${registry} denied access to ${what}${saying}. ${hint}`, details);
}

/** What helps somebody without a login. */
function signInHint({ registry, kind, intent = 'read' }: Subject): string {
  if (intent !== 'read') return `Sign in with a login that may ${intent} it.`;
  if (kind === 'api') return 'Sign in to it.';
  if (kind === 'catalog') return `Sign in, or name a repository instead, such as ${registry}/owner/model.`;
  return 'Sign in to it, or check the name: private and missing models look alike.';
}

/** What helps somebody whose login was refused. */
function loginHint({ registry, kind, intent = 'read' }: Subject): string {
  if (kind === 'api') return 'Check the user name and the password or token, and sign in again.';
  if (kind === 'catalog')
    return `The login may not list them: name a repository instead, such as ${registry}/owner/model, or sign in again.`;
  return `Check that the login is current and may ${intent} it, or sign in again.`;
}

const INCOMPLETE = "The registry's copy is incomplete; tell the publisher, or pull another tag.";

function missing({ subject, saying, details }: Told): ModelError {
  const { registry, what, kind = 'manifest', intent = 'read', storage } = subject;
  const host = storage ?? registry;
  const messages: Readonly<Record<SubjectKind, string>> = {
    manifest: `${host} does not have ${what}${saying}. Check the name and the tag.`,
    entry: `${host} does not have the manifest ${what}${saying}, which its index names. ${INCOMPLETE}`,
    blob:
      intent === 'read'
        ? `${host} does not have the file ${what}${saying}, which its manifest names. ${INCOMPLETE}`
        : `${host} does not take the upload of ${what}${saying}. Check the name, and that the login may write there.`,
    tags: `${host} does not have ${what}${saying}. Check the name of the repository.`,
    catalog: `${host} does not have ${what}${saying}. Name a repository instead.`,
    api: `${host} does not have ${what}${saying}. Check the registry's address.`,
  };
  return new ModelError('not-found', messages[kind], details);
}

function pageInPlace({ status, subject, reason, details }: Told): ModelError {
  const { registry, what, storage = registry } = subject;
  if (status !== 404) {
    return webPageError({ registry, host: storage, what, title: reason.title, status });
  }
  const message = `${storage} answered with a web page (404), and not as a registry, to the request for ${what}. Check the registry's address.`;
  return new ModelError('not-found', message, details);
}

/** Advice for statuses whose meaning is known beyond their class. */
const ADVICE: Readonly<Record<number, string>> = {
  402: "Check the account's plan, or contact the registry's operator.",
  406: "The registry has it in another form only; contact the registry's operator.",
  413: "It is larger than the registry takes; contact the registry's operator.",
  421: "Check the registry's address.",
  431: 'Its login or token is too large for it: sign out, then sign in again.',
  451: 'It may not be given away for legal reasons; pull from another place.',
  507: "The registry's disk is full; contact the registry's operator.",
};

function other({ status, subject, saying, details }: Told): ModelError {
  const { registry, what, storage } = subject;
  const retryable = status === 408 || status === 425 || (status >= 500 && status !== 501 && status !== 507);
  const general = "Check the name, or contact the registry's operator.";
  const { retryAfterMs } = details;
  const later = retryAfterMs === undefined ? 'Try again later.' : `${waitText(retryAfterMs)}.`;
  const hint = ADVICE[status] ?? (retryable ? later : general);
  const useless = status < 300 ? ', in a form that was not asked for' : '';
  const message = `${storage ?? registry} answered ${status} to the request for ${what}${useless}${saying}. ${hint}`;
  return new ModelError('registry-error', message, { ...details, retryable });
}

/** Go's and nginx's words for plain http where TLS is spoken. */
const WANTS_TLS = /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS/i;

/** Failures that are not the registry's, or not what their status says. */
function misleading({ status, subject, reason, saying, details }: Told): ModelError | undefined {
  const { registry, what } = subject;
  if (status === 511) return pageInPlace({ status, subject, reason, saying, details });
  if (status === 407) {
    const message = `A proxy on the way to ${registry} asks for a sign-in${saying}. Check the setting http.proxy, or contact whoever runs the network.`;
    return new ModelError('offline', message, details);
  }
  if (status === 400 && WANTS_TLS.test(`${reason.text}${reason.title}`)) {
    const message = `${registry} expects TLS${saying}. Take it out of ociModels.insecureRegistries, or check its port.`;
    return new ModelError('tls', message, details);
  }
  const known = hostOf(registry)?.explain?.(status, reason.text, what);
  if (known !== undefined) return new ModelError(known.code, known.message, details);
  // The page of a server that refuses is its own: nginx begins its title with the status, and CDNs write for people.
  const isOwn = reason.title.startsWith(`${status} `) || subject.storage !== undefined;
  const isPlain = status < 300 || status === 404 || ([400, 403].includes(status) && !isOwn);
  return reason.isPage && isPlain ? pageInPlace({ status, subject, reason, saying, details }) : undefined;
}

/**
 * The error of an answer that is not a success.
 * @param now milliseconds since 1970, for `Retry-After` dates.
 */
export function answerError(answer: FailedAnswer, subject: Subject, now: number): ModelError {
  const { status, body, retryAfter } = answer;
  const headers = { ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }), ...answer.headers };
  const { registry, withCredential, intent = 'read', what } = subject;
  const reason = readReason(body, firstHeader(headers, ['content-type']));
  const words = reason.text || reason.title;
  const saying = words === '' ? '' : ` (${words})`;
  const retryAfterMs = parseRetryAfter(retryAfter ?? firstHeader(headers, ['retry-after']), now);
  const details = { registry, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const told = { status, subject, reason, saying, details };
  const special = misleading(told);
  if (special !== undefined) return special;
  if (status === 401 || status === 403) return refused(told);
  if (status === 404 || status === 410) return missing(told);
  if (status === 405 && intent !== 'read') {
    const message = `${registry} does not allow to ${intent} ${what}${saying}. Contact the registry's operator.`;
    return new ModelError('registry-error', message, details);
  }
  if (status !== 429) return other(told);
  // A login is for the registry, and not for the server that it sends downloads to.
  const signInHelps = !withCredential && subject.storage === undefined;
  const limit = rateLimit(headers, !signInHelps, now);
  const wait = limit.retryAfterMs === undefined ? {} : { retryAfterMs: limit.retryAfterMs };
  const message = `${subject.storage ?? registry} limits how often it is asked${saying}. ${limit.hint}`;
  return new ModelError('rate-limited', message, {
    ...details,
    ...wait,
    retryable: limit.retryable,
    signInHelps,
  });
}
