/**
 * Answers one conversation on the host's only sequence. What the conversation shares with the one before
 * it is still in the context and is not evaluated again.
 */
import type { ChatHistoryItem, Token } from 'node-llama-cpp';
import type { ChatEnd, ChatEvent, ChatParams } from '../calls/chat.ts';
import { HostError } from './hostError.ts';
import { librarySampling } from './librarySampling.ts';
import type { HostModel } from './loadModel.ts';

/** An answer shorter than this is no help, so a prompt must leave this many tokens free. */
const MIN_ANSWER_TOKENS = 16;
/** Tokens that a chat wrapper may add after the prompt, such as the start of a thought. */
const WRAPPER_TOKENS = 8;
/** A running batch cannot be stopped, so a batch of the prompt should not take much longer. Milliseconds. */
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
    `The conversation takes ${prompt} tokens, and the context of ${host.context.contextSize} tokens has to hold the answer too. Shorten the conversation, or load the model with a larger context.`,
  );
}

/**
 * Evaluates the prompt up to its last token, in batches whose size follows the machine's speed, so that a
 * cancelled answer stops soon.
 * @returns tokens that were evaluated.
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
    // At most doubled, so that one fast batch does not lead to a long one.
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
 * Answers `request`; prompt, thoughts and text go to `emit`.
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
    throw new HostError('engine-error', 'The conversation must end with a message of the user.');
  }
  const tokens = promptTokens(host, history);
  const room = assertPromptFits(host, tokens.length);

  const evaluatedTokens = await evaluatePrompt(host, tokens, emit, signal);
  if (signal.aborted) return { stopReason: 'cancelled', evaluatedTokens };
  try {
    const response = await host.chat.generateResponse(history, {
      signal,
      stopOnAbortSignal: true,
      // 0 means no limit to the library.
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
    // The library throws the signal's reason when nothing was generated yet.
    if (signal.aborted) return { stopReason: 'cancelled', evaluatedTokens };
    throw error;
  }
}
