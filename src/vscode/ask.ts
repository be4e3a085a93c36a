/** Asking a loaded model: what chat, the model picker and inline chat have in common. */
import { fitMessages, type GenerationWishes, mergeWishes, withPublishedPrompt } from '../assist/index.ts';
import type { ChatMessage, GenerationResult } from '../inference/index.ts';
import type { ReadyEngine } from './models.ts';
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
): Promise<GenerationResult> {
  const generation = mergeWishes(wishes, defaults, settings.maxAnswerTokens());
  const fitted = await fitMessages(withPublishedPrompt(messages, defaults), {
    contextTokens,
    answerTokens: generation.maxTokens,
    countTokens: (text) => engine.countTokens(text, signal),
  });
  for (const dropped of fitted.dropped) onDropped(dropped);
  return engine.chat(fitted.messages, { ...generation, signal, onText });
}
