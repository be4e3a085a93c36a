/** What a model's publisher wants to stand before a conversation. */
import type { ChatMessage } from '../inference/index.ts';

/** Of a model that was published with a system prompt or messages of its own. */
export interface PublishedPrompt {
  readonly system?: string | undefined;
  readonly messages?: readonly ChatMessage[] | undefined;
}

/**
 * The conversation with what the publisher wants before it, as Ollama does it. Whoever gives a system prompt knows
 * better what the conversation is about: then nothing is added.
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
