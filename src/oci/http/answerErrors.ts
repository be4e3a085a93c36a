/** Unsuccessful answers as ModelErrors. Messages name a host and a reference, never a query or a header. */
import type { IncomingHttpHeaders } from 'node:http';
import { ModelError, type ModelErrorOptions } from '../../base/error.ts';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import { hostOf } from '../spec/hosts.ts';
import { inBrackets, type Reason, readReason, titleInBrackets } from '../spec/reason.ts';
import { anonymousDenied, loginDenied, type Subject, type SubjectKind, signInNeeded } from './accessTexts.ts';

export { printable, registryMessage } from '../spec/reason.ts';
export type { Subject, SubjectKind } from './accessTexts.ts';
export { networkError } from './networkFailure.ts';

/** An unsuccessful answer. */
export interface FailedAnswer {
  readonly status: number;
  /** The first bytes of the body. */
  readonly body: Uint8Array;
  readonly retryAfter: string | undefined;
  readonly headers?: IncomingHttpHeaders | undefined;
}

/** Milliseconds. A server that asks for a longer wait means never. */
const MAX_WAIT_MS = 30 * 24 * 3_600_000;

/**
 * Parses `Retry-After` (RFC 9110, 10.2.3: seconds or a date) as milliseconds from now.
 * Returns undefined if it is neither.
 * @param now milliseconds since 1970.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,20}$/.test(text)) return Math.min(Number(text) * 1000, MAX_WAIT_MS);
  // Dates start with the name of a day; Date.parse alone accepts far more than dates.
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) || date <= now ? undefined : Math.min(date - now, MAX_WAIT_MS);
}

function firstHeader(headers: IncomingHttpHeaders, names: readonly string[]): string | undefined {
  const value = names.map((name) => headers[name]).find((found) => found !== undefined);
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Returns the milliseconds until a quota is reset, from `RateLimit-Reset` and its relatives, which have seconds from
 * now or seconds since 1970.
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

/** @param ms undefined if the server did not say. @param signInHelps adds that a login raises the limit. */
function waitText(ms: number | undefined, signInHelps: boolean): Localized {
  if (ms === undefined) {
    return signInHelps
      ? t('Wait a while and try again, or sign in for a higher limit.')
      : t('Wait a while and try again.');
  }
  const minutes = Math.ceil(ms / 60_000);
  if (minutes > 48 * 60) {
    const days = Math.ceil(minutes / 60 / 24);
    return signInHelps
      ? t('Try again in {0} days, or sign in for a higher limit.', days)
      : t('Try again in {0} days.', days);
  }
  if (minutes > 120) {
    const hours = Math.ceil(minutes / 60);
    return signInHelps
      ? t('Try again in {0} hours, or sign in for a higher limit.', hours)
      : t('Try again in {0} hours.', hours);
  }
  if (minutes > 1) {
    return signInHelps
      ? t('Try again in {0} minutes, or sign in for a higher limit.', minutes)
      : t('Try again in {0} minutes.', minutes);
  }
  return signInHelps
    ? t('Try again in a minute, or sign in for a higher limit.')
    : t('Try again in a minute.');
}

/** The meaning of a 429. */
export interface RateLimit {
  readonly retryAfterMs: number | undefined;
  /** True if the same request may succeed soon. A quota that is used up stays so for hours. */
  readonly retryable: boolean;
  /** A sentence that says what to do. */
  readonly hint: Localized;
}

/** Reads a 429. @param now milliseconds since 1970. */
export function rateLimit(headers: IncomingHttpHeaders, signedIn: boolean, now: number): RateLimit {
  const asked = parseRetryAfter(firstHeader(headers, ['retry-after']), now);
  const retryAfterMs = asked ?? quotaReset(headers, now);
  const retryable = asked !== undefined || !isQuotaUsedUp(headers);
  return { retryAfterMs, retryable, hint: waitText(retryAfterMs, !signedIn) };
}

/** A web page that came in place of an answer. */
export interface WebPage {
  readonly registry: string;
  /** The host that answered. */
  readonly host: string;
  /** The thing that was requested. */
  readonly what: string;
  /** Title of the page; empty if it has none. */
  readonly title?: string | undefined;
  readonly status?: number | undefined;
}

/**
 * Returns the error of a page of a network that wants a sign-in first, of a filter, or of a host that is no registry.
 */
export function webPageError(page: WebPage): ModelError {
  const { registry, status } = page;
  return new ModelError('offline', pageText(page), {
    registry,
    ...(status === undefined ? {} : { status }),
  });
}

function pageText({ registry, host, what, title = '', status }: WebPage): Localized {
  const named = titleInBrackets(title);
  if (status !== undefined && status >= 400 && status !== 511) {
    return host === registry
      ? t(
          '{0} answered {1} with a web page{2} instead of {3}. Check whether a filter or a proxy blocks it, or contact your network’s administrator.',
          host,
          status,
          named,
          what,
        )
      : t(
          '{0} answered {1} with a web page{2} instead of {3} from {4}. Check whether a filter or a proxy blocks it, or contact your network’s administrator.',
          host,
          status,
          named,
          what,
          registry,
        );
  }
  return host === registry
    ? t(
        '{0} returned a web page{1} instead of {2}. Sign in to the network in a browser, or check the proxy and the registry’s address.',
        host,
        named,
        what,
      )
    : t(
        '{0} returned a web page{1} instead of {2} from {3}. Sign in to the network in a browser, or check the proxy and the registry’s address.',
        host,
        named,
        what,
        registry,
      );
}

type Details = ModelErrorOptions & { readonly registry: string; readonly status: number };

/** An answer with everything that its message needs. */
interface Told {
  readonly status: number;
  readonly subject: Subject;
  readonly reason: Reason;
  /** ` (the server's reason)`, or nothing. */
  readonly saying: string;
  readonly details: Details;
}

function refused({ status, subject, saying, details }: Told): ModelError {
  const { registry, what, withCredential, storage } = subject;
  if (storage !== undefined) {
    const message = t(
      '{0}, which stores the files of {1}, denied access to {2}{3}. Try again; if this continues, contact the registry’s operator.',
      storage,
      registry,
      what,
      saying,
    );
    return new ModelError('registry-error', message, details);
  }
  if (withCredential) return new ModelError('auth-denied', loginDenied(status, subject, saying), details);
  return status === 401
    ? new ModelError('auth-required', signInNeeded(subject, saying), details)
    : new ModelError('auth-denied', anonymousDenied(subject, saying), details);
}

/** Shortens a reference by the registry that the message names anyway. */
function nameOn(registry: string, what: string): string {
  return what.startsWith(`${registry}/`) ? what.slice(registry.length + 1) : what;
}

function missing({ subject, saying, details }: Told): ModelError {
  const { registry, what, kind = 'manifest', intent = 'read', storage } = subject;
  const host = storage ?? registry;
  const messages: Readonly<Record<SubjectKind, () => Localized>> = {
    manifest: () =>
      t('{0} was not found on {1}{2}. Check the name and the tag.', nameOn(host, what), host, saying),
    entry: () =>
      t(
        '{0} does not have the manifest {1}{2}, which its index names. The registry’s copy is incomplete: tell the publisher, or pull another tag.',
        host,
        what,
        saying,
      ),
    blob: () =>
      intent === 'read'
        ? t(
            '{0} does not have the file {1}{2}, which its manifest names. The registry’s copy is incomplete: tell the publisher, or pull another tag.',
            host,
            what,
            saying,
          )
        : t(
            '{0} does not accept {1}{2}. Check the name, and that your login may write there.',
            host,
            what,
            saying,
          ),
    tags: () => t('{0} does not have {1}{2}. Check the name of the repository.', host, what, saying),
    catalog: () => t('{0} does not have {1}{2}. Name a repository instead.', host, what, saying),
    api: () => t('{0} does not have {1}{2}. Check the registry’s address.', host, what, saying),
  };
  return new ModelError('not-found', messages[kind](), details);
}

function pageInPlace({ status, subject, reason, details }: Told): ModelError {
  const { registry, what, storage = registry } = subject;
  if (status !== 404) {
    return webPageError({ registry, host: storage, what, title: reason.title, status });
  }
  const message = t(
    '{0} returned a web page (404) instead of {1}, so it may not be a registry. Check its address.',
    storage,
    what,
  );
  return new ModelError('not-found', message, details);
}

/** Advice for statuses whose meaning is known beyond their class. */
const ADVICE: Readonly<Record<number, () => Localized>> = {
  402: () => t('Check the account’s plan, or contact the registry’s operator.'),
  406: () => t('The registry only has it in another form; contact the registry’s operator.'),
  413: () => t('It is larger than the registry accepts; contact the registry’s operator.'),
  421: () => t('Check the registry’s address.'),
  431: () => t('Its login or token is too large: sign out, then sign in again.'),
  451: () => t('It is unavailable for legal reasons; pull from another place.'),
  507: () => t('The registry’s disk is full; contact the registry’s operator.'),
};

function other({ status, subject, saying, details }: Told): ModelError {
  const { registry, what, storage } = subject;
  const retryable = status === 408 || status === 425 || (status >= 500 && status !== 501 && status !== 507);
  const { retryAfterMs } = details;
  const later = (): Localized =>
    retryAfterMs === undefined ? t('Try again later.') : waitText(retryAfterMs, false);
  const general = (): Localized => t('Check the name, or contact the registry’s operator.');
  const happened =
    status < 300
      ? t(
          '{0} answered {1} in an unexpected form to the request for {2}{3}.',
          storage ?? registry,
          status,
          what,
          saying,
        )
      : t('{0} answered {1} to the request for {2}{3}.', storage ?? registry, status, what, saying);
  // Both are whole sentences.
  const message = asLocalized(`${happened} ${(ADVICE[status] ?? (retryable ? later : general))()}`);
  return new ModelError('registry-error', message, { ...details, retryable });
}

/** The words of Go and nginx for plain http on a port that speaks TLS. */
const WANTS_TLS = /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS/i;

/** Returns the error of an answer that is not the registry's, or does not mean what its status says. */
function misleading({ status, subject, reason, saying, details }: Told): ModelError | undefined {
  const { registry, what } = subject;
  if (status === 511) return pageInPlace({ status, subject, reason, saying, details });
  if (status === 407) {
    const message = t(
      'A proxy on the way to {0} requires a sign-in{1}. Check the setting http.proxy, or contact your network’s administrator.',
      registry,
      saying,
    );
    return new ModelError('offline', message, details);
  }
  if (status === 400 && WANTS_TLS.test(`${reason.text}${reason.title}`)) {
    const message = t(
      '{0} requires TLS{1}. Remove it from ociModels.insecureRegistries, or check its port.',
      registry,
      saying,
    );
    return new ModelError('tls', message, details);
  }
  const known = hostOf(registry)?.explain?.(status, reason.text, what);
  if (known !== undefined) return new ModelError(known.code, known.message, details);
  // A server that refuses may send a page of its own: nginx starts its title with the status, CDNs write for people.
  const isOwn = reason.title.startsWith(`${status} `) || subject.storage !== undefined;
  const isPlain = status < 300 || status === 404 || ([400, 403].includes(status) && !isOwn);
  return reason.isPage && isPlain ? pageInPlace({ status, subject, reason, saying, details }) : undefined;
}

/**
 * Returns the error of an unsuccessful answer.
 * @param now milliseconds since 1970, for `Retry-After` dates.
 */
export function answerError(answer: FailedAnswer, subject: Subject, now: number): ModelError {
  const { status, body, retryAfter } = answer;
  const headers = { ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }), ...answer.headers };
  const { registry, withCredential, intent = 'read', what } = subject;
  const reason = readReason(body, firstHeader(headers, ['content-type']));
  const words = reason.text || reason.title;
  const saying = inBrackets(words);
  const retryAfterMs = parseRetryAfter(retryAfter ?? firstHeader(headers, ['retry-after']), now);
  const details = { registry, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const told = { status, subject, reason, saying, details };
  const special = misleading(told);
  if (special !== undefined) return special;
  if (status === 401 || status === 403) return refused(told);
  if (status === 404 || status === 410) return missing(told);
  if (status === 405 && intent !== 'read') {
    const message =
      intent === 'write'
        ? t('{0} does not allow writing {1}{2}. Contact the registry’s operator.', registry, what, saying)
        : t('{0} does not allow deleting {1}{2}. Contact the registry’s operator.', registry, what, saying);
    return new ModelError('registry-error', message, details);
  }
  if (status !== 429) return other(told);
  // A login is for the registry, not for the server that it sends downloads to.
  const signInHelps = !withCredential && subject.storage === undefined;
  const limit = rateLimit(headers, !signInHelps, now);
  const wait = limit.retryAfterMs === undefined ? {} : { retryAfterMs: limit.retryAfterMs };
  const happened = t('{0} limits how often it is asked{1}.', subject.storage ?? registry, saying);
  // Both are whole sentences.
  const message = asLocalized(`${happened} ${limit.hint}`);
  return new ModelError('rate-limited', message, {
    ...details,
    ...wait,
    retryable: limit.retryable,
    signInHelps,
  });
}
