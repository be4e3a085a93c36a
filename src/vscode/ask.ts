/** Asking a loaded model: what chat, the model picker and inline chat have in common. */
import { fitMessages, type GenerationWishes, mergeWishes, withPublishedPrompt } from '../assist/index.ts';
import { type ChatMessage, type ChatResult, capability } from '../inference/index.ts';
import type { ReadyEngine } from '../session/index.ts';
import { settings } from './window/settings.ts';

/** What an asker wants to hear of. */
export interface AskOptions {
  readonly signal: AbortSignal;
  /** What counts more than what the model's publisher wants. */
  readonly wishes?: GenerationWishes;
  /** Called with each piece of the answer, in order. */
  readonly onText: (text: string) => void;
  /** Called with each thing that had to be left out of the prompt, for people. */
  readonly onDropped: (what: string) => void;
}

/**
 * Fits a conversation into the model's context and answers it, as the model's publisher wants it where nobody says otherwise.
 * @throws ModelError as `fitMessages` and `Engine.chat`.
 */
export async function ask(
  { engine, contextTokens, defaults }: ReadyEngine,
  messages: readonly ChatMessage[],
  { signal, wishes = {}, onText, onDropped }: AskOptions,
): Promise<ChatResult> {
  const chat = capability(engine, 'chat');
  const count = capability(engine, 'count');
  const generation = mergeWishes(wishes, defaults, settings.maxAnswerTokens());
  const fitted = await fitMessages(withPublishedPrompt(messages, defaults), {
    contextTokens,
    answerTokens: generation.maxTokens,
    countTokens: (text) => count(text, signal),
  });
  for (const dropped of fitted.dropped) onDropped(dropped);
  return chat(
    { ...generation, messages: fitted.messages },
    { signal, onEvent: (event) => event.type === 'text' && onText(event.text) },
  );
}
