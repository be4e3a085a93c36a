/** Asks a loaded model within the user's settings. Shared by the chat participant and VS Code's model picker. */
import { type AnswerWishes, answer } from '../assist/index.ts';
import type { ChatMessage, ChatResult } from '../inference/index.ts';
import type { ReadyEngine } from '../session/index.ts';
import { settings } from './window/settings.ts';

/** Options to follow and influence an answer. */
export type AskOptions = Omit<AnswerWishes, 'limitTokens'> & {
  /** Longest answer in tokens. Defaults to the setting for chats. */
  readonly limitTokens?: number;
};

/**
 * Answers a conversation with at most as many tokens as the settings allow.
 * @throws ModelError as `answer`.
 */
export function ask(
  ready: ReadyEngine,
  messages: readonly ChatMessage[],
  options: AskOptions,
): Promise<ChatResult> {
  return answer(ready, messages, {
    ...options,
    limitTokens: options.limitTokens ?? settings.maxAnswerTokens(),
  });
}
