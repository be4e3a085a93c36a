/**
 * Answers with status 200 that are not what was asked for: proxies, caches and sign-in pages answer with an error or a
 * page of their own and call it a success. They are told as what they are, and not as damaged content.
 */
import { ModelError } from '../../base/error.ts';
import { isErrorBody, readReason } from '../spec/reason.ts';
import { webPageError } from './answerErrors.ts';

/** Bytes of a body that are looked at. Errors are shorter, and content is mostly longer. */
export const IN_PLACE_BYTES = 64 * 1024;

/** What was asked for, and who answered. */
export interface AskedFor {
  /** Registry host, as in the reference. */
  readonly registry: string;
  /** The one that answered. */
  readonly host: string;
  /** What was asked for, for errors. */
  readonly what: string;
  /** Media type of what was asked for; empty if it is not known. */
  readonly mediaType: string;
}

const READABLE = /^\s*(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b)/i;

/** Tells whether a text is a likely form of content with this media type. */
function mayBeText(mediaType: string): boolean {
  return /json|text|xml|html|yaml|template|license|prompt|params/i.test(mediaType);
}

/**
 * The error of a body that is an error itself, in the form of registries, frameworks or object stores.
 * @param start its first bytes, which need not be all.
 * @returns undefined for anything else.
 */
export function errorInPlace(asked: AskedFor, start: Uint8Array): ModelError | undefined {
  return isErrorBody(start) ? told(asked, 'an error', readReason(start).text) : undefined;
}

/**
 * The error of a whole body that is shorter or longer than the content.
 * @param body its first {@link IN_PLACE_BYTES} bytes.
 * @returns undefined for bytes that may be a part of the content, or another version of it.
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
  return isText ? told(asked, 'something else', readReason(body).text || contentType) : undefined;
}

function told({ registry, host, what }: AskedFor, noun: string, words = ''): ModelError {
  const saying = words === '' ? '' : ` (${words})`;
  const message = `${host} answered with ${noun} in place of ${what}${saying}. Try again; if it stays so, contact whoever runs the registry or the proxy.`;
  // Caches answer so while the registry behind them does not answer.
  return new ModelError('registry-error', message, { registry, retryable: true });
}
