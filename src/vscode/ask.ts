/** Asking a loaded model: what chat, the model picker and inline chat have in common. */
import { fitMessages, withPublishedPrompt } from '../assist/index.ts';
import type { ChatMessage, GenerationResult } from '../engine/engine.ts';
import type { ReadyEngine } from './models.ts';
import { settings } from './settings.ts';

/** What an asker wants to hear of. */
export interface AskOptions {
  readonly signal: AbortSignal;
  /** In place of what the model's publisher wants; 0 takes the most probable token. */
  readonly temperature?: number;
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
  { signal, temperature = defaults.temperature, onText, onDropped }: AskOptions,
): Promise<GenerationResult> {
  const maxTokens = Math.min(settings.maxAnswerTokens(), defaults.maxTokens ?? Number.POSITIVE_INFINITY);
  const fitted = await fitMessages(withPublishedPrompt(messages, defaults), {
    contextTokens,
    answerTokens: maxTokens,
    countTokens: (text) => engine.countTokens(text, signal),
  });
  for (const dropped of fitted.dropped) onDropped(dropped);
  return engine.chat(fitted.messages, { maxTokens, temperature, stop: defaults.stop, signal, onText });
}
