/** Sentences beside an answer of an endpoint: what its server did, and what may be missing. */
import { type Localized, t } from '../../base/l10n.ts';
import type { Waiting } from './endpointClient.ts';

/** Says that the server did not explain the end of its answer. */
export function cutOff(host: string): Localized {
  return t('{0} ended the answer without saying why, so it may not be complete.', host);
}

/** Says how tools reach a model for which the server has no place for them. */
export function toolsAreText(): Localized {
  return t('The server does not offer tools to this model, so they are described in the instructions.');
}

/** Says that generated text was taken out of an error. */
export function notRead(host: string): Localized {
  return t('{0} could not read what the model wrote, so it is shown as it is.', host);
}

/** Says that the server has dropped the beginning of a conversation. */
export function conversationCut(host: string, promptTokens: number): Localized {
  return t(
    '{0} read only {1} tokens of the conversation and cut the rest. Start the server with a larger context, or shorten the conversation.',
    host,
    promptTokens,
  );
}

/** Says why an answer has not begun. */
export function waiting(reason: Waiting, host: string): Localized {
  return reason === 'loading'
    ? t('{0} is loading its model…', host)
    : t('{0} has too many requests and asked to wait…', host);
}
