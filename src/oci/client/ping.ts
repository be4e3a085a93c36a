/** A check that a server is a registry and accepts a login (distribution-spec, "Determining Support"). */
import { ModelError } from '../../base/error.ts';
import { parseSmallJson } from '../../base/json.ts';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import { parseChallenges, pickChallenge } from '../auth/challenge.ts';
import { webPageError } from '../http/answerErrors.ts';
import { type HttpAnswer, header, headerLines } from '../http/http.ts';
import { errorInPlace } from '../http/inPlace.ts';
import { inBrackets, printable, readReason, titleInBrackets } from '../spec/reason.ts';
import { apiUrl } from '../spec/urls.ts';
import type { RegistryContext } from './clientContext.ts';
import type { RegistryAnswer } from './requester.ts';

/** Bytes. Registries answer with `{}`, `true` or nothing. */
const MAX_BODY = 64 * 1024;
const what = (): Localized => t('its registry API');
const addressHint = (): Localized =>
  t(
    'Check its address: a registry often has another host than the service’s web pages, such as ghcr.io for github.com.',
  );
const pageHint = (): Localized =>
  t(
    'Check its address (ghcr.io, not github.com), or sign in to the network in a browser if it asks for that.',
  );

/**
 * {@link RegistryClient.ping}. The specification only says that a registry answers 200. Web servers do so for every
 * path, and a login for them must not be stored.
 */
export async function pingRegistry(
  context: RegistryContext,
  registry: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const request = context.request(registry, { url: apiUrl, what: what(), kind: 'api', signal });
  await context.retry(async () => {
    const answer = await context.requester.open(request);
    const problem = await problemOf(context, registry, answer);
    if (problem !== undefined) throw problem;
  }, signal);
}

async function problemOf(
  context: RegistryContext,
  registry: string,
  answer: RegistryAnswer,
): Promise<ModelError | undefined> {
  const { http, subject } = answer;
  if (http.status === 401 && !subject.withCredential && !saysHow(http)) {
    await context.http.discard(http);
    return howUnknown(registry, http);
  }
  if (http.status !== 200) return context.requester.failure(answer);
  const body = await context.http.readAll(http, MAX_BODY);
  return saysItself(http) ? undefined : notRegistry(registry, http, body);
}

/** Tells whether the server says that it is a registry. Older specifications ask for this header. */
function saysItself({ headers }: HttpAnswer): boolean {
  return headerLines(headers, 'docker-distribution-api-version').some((line) => /registry\/2/i.test(line));
}

/** Tells whether a 401 has a challenge of a kind that registries send; RFC 9110, 15.5.2 requires one. */
function saysHow({ headers }: HttpAnswer): boolean {
  return pickChallenge(parseChallenges(headerLines(headers, 'www-authenticate'))) !== undefined;
}

function howUnknown(registry: string, { url, headers }: HttpAnswer): ModelError {
  const [challenge] = parseChallenges(headerLines(headers, 'www-authenticate'));
  const happened =
    challenge === undefined
      ? t('{0} requires a sign-in and does not say how.', url.host)
      : t(
          '{0} requires a sign-in with {1}, which registries do not use.',
          url.host,
          printable(challenge.scheme),
        );
  // Both are whole sentences.
  const message = asLocalized(`${happened} ${addressHint()}`);
  return new ModelError('registry-error', message, { registry, status: 401 });
}

/** Returns the error of an answer that no registry sends, or undefined. @param body undefined if it is too long. */
function notRegistry(registry: string, http: HttpAnswer, body: Buffer | undefined): ModelError | undefined {
  const { host } = http.url;
  const { isPage, title, text } = readReason(
    body ?? Buffer.alloc(0),
    body === undefined || body.length > 0 ? header(http.headers, 'content-type') : undefined,
  );
  if (isPage && host !== registry) return webPageError({ registry, host, what: what(), title });
  const inPlace = body && errorInPlace({ registry, host, what: what(), mediaType: '' }, body);
  if (inPlace !== undefined) return inPlace;
  if (!isPage && body !== undefined && (body.length === 0 || parseSmallJson(body) !== undefined))
    return undefined;
  const saying = isPage ? titleInBrackets(title) : inBrackets(text);
  const happened = isPage
    ? t('{0} is not a registry: it returned a web page{1}.', host, saying)
    : t('{0} is not a registry: it returned something else{1}.', host, saying);
  // Both are whole sentences.
  const message = asLocalized(`${happened} ${isPage ? pageHint() : addressHint()}`);
  return new ModelError('not-found', message, { registry });
}
