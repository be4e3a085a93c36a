/** Asks a loaded model. Shared by the chat participant, VS Code's model picker and inline chat. */
import {
  type Attachment,
  fitMessages,
  type GenerationWishes,
  mergeWishes,
  withPublishedPrompt,
} from '../assist/index.ts';
import type { Localized } from '../base/l10n.ts';
import {
  type AnswerEvent,
  type ChatMessage,
  type ChatRequest,
  type ChatResult,
  capability,
} from '../inference/index.ts';
import type { ReadyEngine } from '../session/index.ts';
import { settings } from './window/settings.ts';

/** Options to follow and influence an answer. */
export interface AskOptions
  extends Pick<ChatRequest, 'tools' | 'toolMode' | 'purpose' | 'copiedText' | 'thinking'> {
  readonly signal: AbortSignal;
  /** Take precedence over the wishes of the model's publisher. */
  readonly wishes?: GenerationWishes;
  /** Longest answer in tokens. Defaults to the setting for chats. */
  readonly limitTokens?: number;
  /** Receives each piece of the answer, in order. */
  readonly onText: (text: string) => void;
  /** Receives everything else that happens. */
  readonly onEvent?: (event: AnswerEvent) => void;
  /**
   * Receives each part that had to be left out of the prompt, for people.
   * @param attachment the whole attachment, if it is one that was cut.
   */
  readonly onDropped: (what: Localized, attachment?: Attachment) => void;
  /** Receives the conversation as it is sent. */
  readonly onFitted?: (messages: readonly ChatMessage[]) => void;
}

/**
 * Fits a conversation into the model's context and answers it. The wishes of the model's publisher apply unless the
 * caller has others.
 * @throws ModelError as `fitMessages` and `Engine.chat`.
 */
export async function ask(
  { engine, contextTokens, defaults }: ReadyEngine,
  messages: readonly ChatMessage[],
  { signal, wishes = {}, limitTokens, onText, onEvent, onDropped, onFitted, ...request }: AskOptions,
): Promise<ChatResult> {
  const chat = capability(engine, 'chat');
  const count = capability(engine, 'count');
  const generation = mergeWishes(wishes, defaults, limitTokens ?? settings.maxAnswerTokens());
  const { tools = [] } = request;
  const toolTokens = tools.length === 0 ? 0 : await count(JSON.stringify(tools), signal);
  const fitted = await fitMessages(withPublishedPrompt(messages, defaults), {
    contextTokens: contextTokens - toolTokens,
    answerTokens: generation.maxTokens,
    countTokens: (text) => count(text, signal),
  });
  for (const { text, attachment } of fitted.dropped) onDropped(text, attachment);
  onFitted?.(fitted.messages);
  return chat(
    { ...generation, ...request, messages: fitted.messages },
    {
      signal,
      onEvent: (event) => {
        if (event.type === 'text') onText(event.text);
        onEvent?.(event);
      },
    },
  );
}
