/** Asks a loaded model. Shared by the chat participant, VS Code's model picker and inline chat. */
import { fitMessages, type GenerationWishes, mergeWishes, withPublishedPrompt } from '../assist/index.ts';
import type { Localized } from '../base/l10n.ts';
import { type ChatMessage, type ChatResult, capability } from '../inference/index.ts';
import type { ReadyEngine } from '../session/index.ts';
import { settings } from './window/settings.ts';

/** Options to follow and influence an answer. */
export interface AskOptions {
  readonly signal: AbortSignal;
  /** Take precedence over the wishes of the model's publisher. */
  readonly wishes?: GenerationWishes;
  /** Receives each piece of the answer, in order. */
  readonly onText: (text: string) => void;
  /** Receives each part that had to be left out of the prompt, for people. */
  readonly onDropped: (what: Localized) => void;
}

/**
 * Fits a conversation into the model's context and answers it. The wishes of the model's publisher apply unless the
 * caller has others.
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
