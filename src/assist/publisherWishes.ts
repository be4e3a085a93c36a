/** Puts the publisher's own prompt before a conversation. */
import type { ChatMessage } from '../inference/index.ts';

/** The prompt of a model that was published with a system prompt or messages of its own. */
export interface PublishedPrompt {
  readonly system?: string | undefined;
  readonly messages?: readonly ChatMessage[] | undefined;
}

/**
 * Puts the publisher's prompt before the conversation, as Ollama does. A conversation with a system prompt of its own
 * is left unchanged, because the caller knows better what it is about.
 */
export function withPublishedPrompt(
  messages: readonly ChatMessage[],
  { system, messages: before = [] }: PublishedPrompt,
): ChatMessage[] {
  if (messages.some(({ role }) => role === 'system')) return [...messages];
  const hasSystem = before.some(({ role }) => role === 'system');
  const first: ChatMessage[] = system === undefined || hasSystem ? [] : [{ role: 'system', content: system }];
  return [...first, ...before, ...messages];
}
