/** Questions about an endpoint: its address, its API key, its name. Each answer is tried with the server at once. */
import { isModelError } from '../../../base/error.ts';
import { type Localized, t } from '../../../base/l10n.ts';
import type { FoundEndpoint } from '../../../engine/index.ts';
import { isLoopbackHost } from '../../../oci/index.ts';
import { formatEndpointUrl, parseEndpointUrl } from '../../../openaiApi/index.ts';
import type { EndpointEntry } from '../../../session/index.ts';
import type { EndpointBook } from '../../endpoint/endpointBook.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { messageOf } from '../../window/errors.ts';
import { askForText, confirm, withProgress } from '../../window/notify.ts';

/** The answers to the questions. */
export interface EndpointAnswers {
  readonly entry: EndpointEntry;
  /** Undefined if the server asks for none, or the stored one works. */
  readonly key: string | undefined;
  /** Undefined if the server does not answer now, and the user adds it all the same. */
  readonly found: FoundEndpoint | undefined;
}

/** Asks for an address. @returns undefined if the user entered none. */
export async function askForAddress(title: Localized, value = ''): Promise<URL | undefined> {
  const text = await askForText({
    title,
    prompt: t('Type the address of an OpenAI-compatible server'),
    placeHolder: 'http://localhost:8000/v1',
    value,
    validate: (typed) => {
      if (typed.trim() === '') return undefined;
      try {
        parseEndpointUrl(typed);
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    },
  });
  return text === undefined || text.trim() === '' ? undefined : parseEndpointUrl(text);
}

/**
 * Tries an address, and asks for whatever the server wants.
 * @param before the endpoint as it was, if it is edited.
 * @returns undefined if the user gave up.
 * @throws ModelError as `findEndpoint`.
 */
export async function tryEndpoint(
  book: EndpointBook,
  url: URL,
  title: Localized,
  before?: EndpointEntry,
): Promise<EndpointAnswers | undefined> {
  let key: string | undefined;
  let found: FoundEndpoint | undefined;
  for (;;) {
    try {
      found = await withProgress(t('Asking {0}', url.host), async (_, token) =>
        book.find(url, { key, signal: abortSignalOf(token) }),
      );
      break;
    } catch (error) {
      if (isModelError(error, 'endpoint-denied')) {
        key = await askForKey(url, title, key !== undefined);
        if (key === undefined) return undefined;
      } else if (isModelError(error, 'offline') && (await addsAnyway(messageOf(error)))) break;
      else throw error;
    }
  }
  const base = found?.url ?? formatEndpointUrl(url);
  const name = await askForText({
    title,
    prompt: t('Type a name for the endpoint'),
    value: before?.name ?? `${found?.server ?? 'OpenAI'} (${url.host})`,
    validate: (typed) => (typed.trim() === '' ? t('This must not be empty.') : undefined),
  });
  if (name === undefined || name.trim() === '') return undefined;
  return { entry: { name: name.trim(), url: base }, key, found };
}

async function askForKey(url: URL, title: Localized, isAgain: boolean): Promise<string | undefined> {
  const isOpen = url.protocol === 'http:' && !isLoopbackHost(url.host);
  const prompt = isOpen
    ? t('API key, which is kept in VS Code’s secret storage and sent to {0} without encryption', url.host)
    : t('API key, which is kept in VS Code’s secret storage and sent to {0} only', url.host);
  const key = await askForText({
    title: isAgain ? t('Wrong API Key, Try Another One') : title,
    prompt,
    password: true,
    validate: (typed) =>
      /[^\x21-\x7e]/.test(typed.trim()) ? t('An API key has only letters, digits and signs.') : undefined,
  });
  return key?.trim() || undefined;
}

function addsAnyway(reason: Localized): Promise<boolean> {
  return confirm(reason, t('Add Anyway'), t('Its models appear as soon as it answers.'));
}
