/**
 * Errors and pages that come with status 200 in place of content. Proxies, caches and sign-in pages send them; they
 * are reported as such, not as damaged content.
 */
import { ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { inBrackets, isErrorBody, readReason } from '../spec/reason.ts';
import { webPageError } from './answerErrors.ts';

/** Bytes of a body that are examined. Errors are shorter, and content is mostly longer. */
export const IN_PLACE_BYTES = 64 * 1024;

/** The content that was requested, and the host that answered. */
export interface AskedFor {
  /** Registry host, as in the reference. */
  readonly registry: string;
  /** The host that answered. */
  readonly host: string;
  /** The thing requested, for errors. */
  readonly what: string;
  /** Media type of the content; empty if it is not known. */
  readonly mediaType: string;
}

const READABLE = /^\s*(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b)/i;

/** Tells whether content with this media type may well be text. */
function mayBeText(mediaType: string): boolean {
  return /json|text|xml|html|yaml|template|license|prompt|params/i.test(mediaType);
}

/**
 * Returns the error of a body that is itself an error of a registry, a framework or an object store, or undefined
 * for any other body.
 * @param start its first bytes, which need not be all.
 */
export function errorInPlace(asked: AskedFor, start: Uint8Array): ModelError | undefined {
  return isErrorBody(start) ? errorInstead(asked, readReason(start).text) : undefined;
}

/**
 * Returns the error of a whole body whose length is not that of the content, or undefined for bytes that may be a
 * part of the content or another version of it.
 * @param body its first {@link IN_PLACE_BYTES} bytes.
 */
export function otherContent(
  asked: AskedFor,
  body: Uint8Array,
  contentType: string | undefined,
): ModelError | undefined {
  const { registry, host, what, mediaType } = asked;
  const { isPage, title } = readReason(body, contentType);
  if (isPage && !/html/i.test(mediaType)) return webPageError({ registry, host, what, title });
  const error = errorInPlace(asked, body);
  if (error !== undefined) return error;
  if (body.length >= IN_PLACE_BYTES || !READABLE.test(contentType ?? '') || mayBeText(mediaType))
    return undefined;
  const isText = !new TextDecoder().decode(body).includes('\uFFFD');
  return isText ? textInstead(asked, readReason(body).text || contentType) : undefined;
}

function errorInstead(asked: AskedFor, words: string): ModelError {
  return failure(
    asked,
    t(
      '{0} returned an error instead of {1}{2}. Try again; if this continues, contact the operator of the registry or the proxy.',
      asked.host,
      asked.what,
      inBrackets(words),
    ),
  );
}

function textInstead(asked: AskedFor, words = ''): ModelError {
  return failure(
    asked,
    t(
      '{0} returned something other than {1}{2}. Try again; if this continues, contact the operator of the registry or the proxy.',
      asked.host,
      asked.what,
      inBrackets(words),
    ),
  );
}

/** Caches answer so while the registry behind them does not, so another try may help. */
function failure({ registry }: AskedFor, message: Localized): ModelError {
  return new ModelError('registry-error', message, { registry, retryable: true });
}
