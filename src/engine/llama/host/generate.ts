/**
 * Answers one conversation on the host's only sequence. The prefix that it shares with the previous conversation is
 * still in the context and is not evaluated again.
 */
import type { ChatHistoryItem, Token } from 'node-llama-cpp';
import { t } from '../../../base/l10n.ts';
import type { ChatEnd, ChatEvent, ChatParams } from '../calls/chat.ts';
import { HostError } from './hostError.ts';
import { librarySampling } from './librarySampling.ts';
import type { HostModel } from './loadModel.ts';

/** Least number of tokens that a prompt must leave free; a shorter answer is no help. */
const MIN_ANSWER_TOKENS = 16;
/** Tokens that a chat wrapper may add after the prompt, such as the start of a thought. */
const WRAPPER_TOKENS = 8;
/** Target duration of a batch of the prompt in milliseconds, because a running batch cannot be stopped. */
const BATCH_MS = 200;
const FIRST_BATCH_TOKENS = 32;
const MAX_BATCH_TOKENS = 512;

function toHistory(messages: ChatParams['messages']): ChatHistoryItem[] {
  return messages.map((message): ChatHistoryItem => {
    if (message.role === 'assistant') return { type: 'model', response: [message.content] };
    return { type: message.role, text: message.content };
  });
}

function promptTokens(host: HostModel, history: readonly ChatHistoryItem[]): Token[] {
  const chatHistory: ChatHistoryItem[] = [...history, { type: 'model', response: [] }];
  return host.chat.chatWrapper
    .generateContextState({ chatHistory })
    .contextText.tokenize(host.model.tokenizer);
}

function assertPromptFits(host: HostModel, prompt: number): number {
  // The library keeps the last cell of the context free.
  const room = host.context.contextSize - 1 - WRAPPER_TOKENS - prompt;
  if (room >= MIN_ANSWER_TOKENS) return room;
  throw new HostError(
    'context-overflow',
    t(
      'The conversation takes {0} tokens, which leaves no room for an answer in the context of {1} tokens. Shorten the conversation, or load the model with a larger context.',
      prompt,
      host.context.contextSize,
    ),
  );
}

/**
 * Evaluates the prompt up to its last token. The size of its batches follows the machine's speed, so that a canceled
 * answer stops soon.
 * @returns the number of tokens that were evaluated.
 */
async function evaluatePrompt(
  host: HostModel,
  tokens: readonly Token[],
  emit: (event: ChatEvent) => void,
  signal: AbortSignal,
): Promise<number> {
  const wanted = tokens.slice(0, -1);
  await host.sequence.adaptStateToTokens(wanted, false);
  let rest = wanted.slice(host.sequence.nextTokenIndex);
  const evaluated = rest.length;
  const totalTokens = tokens.length;
  emit({ evaluatedTokens: 0, totalTokens });
  let size = FIRST_BATCH_TOKENS;
  while (rest.length > 0 && !signal.aborted) {
    const batch = rest.slice(0, size);
    const start = performance.now();
    await host.sequence.evaluateWithoutGeneratingNewTokens(batch);
    rest = rest.slice(batch.length);
    emit({ evaluatedTokens: evaluated - rest.length, totalTokens });
    const tokensPerMs = batch.length / Math.max(1, performance.now() - start);
    // At most doubled, so that one fast batch does not cause a long one.
    const next = Math.min(Math.round(tokensPerMs * BATCH_MS), size * 2, MAX_BATCH_TOKENS);
    size = Math.max(next, FIRST_BATCH_TOKENS);
  }
  return evaluated - rest.length;
}

const STOP_REASONS = {
  eogToken: 'end',
  stopGenerationTrigger: 'end',
  customStopTrigger: 'end',
  functionCalls: 'end',
  maxTokens: 'length',
  abort: 'cancelled',
} as const satisfies Record<string, ChatEnd['stopReason']>;

/**
 * Answers `request`; progress of the prompt, thoughts and text go to `emit`.
 * @throws HostError `context-overflow`, `engine-error`.
 */
export async function generate(
  host: HostModel,
  request: ChatParams,
  emit: (event: ChatEvent) => void,
  signal: AbortSignal,
): Promise<ChatEnd> {
  const history = toHistory(request.messages);
  if (history.at(-1)?.type !== 'user') {
    throw new HostError('engine-error', t('The conversation must end with a message from the user.'));
  }
  const tokens = promptTokens(host, history);
  const room = assertPromptFits(host, tokens.length);

  const evaluatedTokens = await evaluatePrompt(host, tokens, emit, signal);
  if (signal.aborted) return { stopReason: 'cancelled', evaluatedTokens };
  try {
    const response = await host.chat.generateResponse(history, {
      signal,
      stopOnAbortSignal: true,
      // To the library 0 means no limit.
      maxTokens: Math.max(1, Math.min(request.maxTokens ?? room, room)),
      ...librarySampling(request.sampling, host.context.contextSize),
      customStopTriggers: request.stop,
      onResponseChunk: ({ type, text, tokens: { length: answerTokens } }) => {
        if (answerTokens === 0 && text === '') return;
        emit(type === 'segment' ? { thought: text, answerTokens } : { text, answerTokens });
      },
    });
    return { stopReason: STOP_REASONS[response.metadata.stopReason], evaluatedTokens };
  } catch (error) {
    // If nothing was generated yet, the library throws the signal's reason.
    if (signal.aborted) return { stopReason: 'cancelled', evaluatedTokens };
    throw error;
  }
}
