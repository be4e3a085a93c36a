/** Asks a loaded model: fits the conversation into its context, and follows the wishes of its publisher. */
import { isModelError } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import {
  type AnswerEvent,
  type ChatMessage,
  type ChatRequest,
  type ChatResult,
  capability,
  type Engine,
  type ToolDefinition,
} from '../inference/index.ts';
import type { Attachment } from './attachment.ts';
import {
  type ContextBudget,
  conversationTokens,
  type FittedMessages,
  fitMessages,
  promptRoom,
} from './contextBudget.ts';
import { EDIT_SAMPLING, type GenerationWishes, mergeWishes, wishesForEdits } from './generation.ts';
import { fitImages } from './images.ts';
import { type PublishedPrompt, withPublishedPrompt } from './publisherWishes.ts';
import type { ToolChooser } from './tools/index.ts';

/** A loaded model that can be asked. */
export interface Answerer {
  readonly engine: Engine;
  /** Tokens allocated for one conversation, prompt and answer combined. */
  readonly contextTokens: number;
  /** Size of the model's file, by which small ones are told. Undefined if it is not on this machine. */
  readonly sizeBytes?: number | undefined;
  /** The publisher's recommendations. */
  readonly defaults: GenerationWishes & PublishedPrompt;
}

/** Options to follow and influence an answer. */
export interface AnswerWishes
  extends Pick<
    ChatRequest,
    'tools' | 'toolMode' | 'purpose' | 'copiedText' | 'thinking' | 'maxThoughtTokens'
  > {
  readonly signal: AbortSignal;
  /** Take precedence over the wishes of the model's publisher. */
  readonly wishes?: GenerationWishes;
  /** Longest answer in tokens. */
  readonly limitTokens: number;
  /** True if what is attached must not be shortened. Defaults to false. */
  readonly isWhole?: boolean;
  /** Chooses among tools that take much room. Defaults to offering all. */
  readonly toolChooser?: ToolChooser;
  /** Receives each piece of the answer, in order. */
  readonly onText: (text: string) => void;
  /** Receives everything else that happens. */
  readonly onEvent?: (event: AnswerEvent) => void;
  /**
   * Receives each part that had to be left out of the prompt, for people.
   * @param attachment the whole attachment, if it is one that was cut.
   */
  readonly onDropped: (what: Localized, attachment?: Attachment) => void;
  /** Receives a sentence before the answer if the model does not see the images of the conversation. */
  readonly onUnseen?: (sentence: Localized) => void;
  /** Receives the conversation as it is sent. */
  readonly onFitted?: (messages: readonly ChatMessage[]) => void;
}

/**
 * Fits a conversation into the model's context and answers it. The wishes of the model's publisher apply unless the
 * caller has others.
 * @throws ModelError as `fitMessages` and `Capabilities.chat`.
 */
export async function answer(
  { engine, contextTokens, defaults }: Answerer,
  messages: readonly ChatMessage[],
  {
    signal,
    wishes = {},
    limitTokens,
    isWhole = false,
    toolChooser,
    onText,
    onEvent,
    onDropped,
    onUnseen,
    onFitted,
    ...request
  }: AnswerWishes,
): Promise<ChatResult> {
  const chat = capability(engine, 'chat');
  const count = capability(engine, 'count');
  const generation = mergeWishes(wishes, defaults, limitTokens);
  const seen = fitImages(withPublishedPrompt(messages, defaults), engine.loaded?.vision === true);
  if (seen.unseen !== undefined) onUnseen?.(seen.unseen);
  for (const image of seen.dropped) onDropped(image);
  const fitted = await fitRequest(seen.messages, request.tools ?? [], toolChooser, {
    contextTokens,
    answerTokens: generation.maxTokens,
    isWhole,
    countTokens: (text) => count(text, signal),
  });
  for (const { text, attachment } of fitted.dropped) onDropped(text, attachment);
  onFitted?.(fitted.messages);
  return chat(
    { ...generation, ...request, messages: fitted.messages, tools: fitted.tools },
    {
      signal,
      onEvent: (event) => {
        if (event.type === 'text') onText(event.text);
        onEvent?.(event);
      },
    },
  );
}

/** Options of {@link answerEdit}. */
export type EditWishes = Pick<
  AnswerWishes,
  'signal' | 'limitTokens' | 'isWhole' | 'copiedText' | 'onText' | 'onDropped' | 'onUnseen'
>;

/** Works as {@link answer} for an edit of code: nothing is left to chance, and the publisher's limits for chat are none. */
export function answerEdit(
  ready: Answerer,
  messages: readonly ChatMessage[],
  options: EditWishes,
): Promise<ChatResult> {
  return answer({ ...ready, defaults: wishesForEdits(ready.defaults) }, messages, {
    ...options,
    wishes: { sampling: EDIT_SAMPLING },
    purpose: 'edit',
    // A thought would take longer than the edit.
    thinking: false,
  });
}

/**
 * Fits conversation and tools into the context. The tools are shortened first, then old turns, then attachments; if the
 * question does not fit beside tools, it is asked without them.
 */
async function fitRequest(
  messages: readonly ChatMessage[],
  tools: readonly ToolDefinition[],
  chooser: ToolChooser | undefined,
  budget: ContextBudget,
): Promise<FittedMessages & Pick<ChatRequest, 'tools'>> {
  if (tools.length === 0) return { ...(await fitMessages(messages, budget)), tools };
  const { countTokens } = budget;
  const chosen =
    chooser === undefined
      ? { tools, tokens: await countTokens(JSON.stringify(tools)), messages, dropped: [] as Localized[] }
      : await chooser.choose(tools, messages, {
          roomTokens: promptRoom(budget),
          messageTokens: await conversationTokens(messages, budget),
          countTokens,
        });
  try {
    const fitted = await fitMessages(chosen.messages, { ...budget, toolTokens: chosen.tokens });
    return {
      ...fitted,
      tools: chosen.tools,
      dropped: [...chosen.dropped.map((text) => ({ text })), ...fitted.dropped],
    };
  } catch (error) {
    if (!isModelError(error, 'context-overflow')) throw error;
    const fitted = await fitMessages(messages, budget);
    return { ...fitted, tools: [], dropped: [{ text: t('all {0} tools', tools.length) }, ...fitted.dropped] };
  }
}
