/** Answers a conversation. */
import type { LlamaGrammarEvaluationState } from 'node-llama-cpp';
import { t } from '../../../../base/l10n.ts';
import type { ChatEnd, ChatEvent, ChatParams } from '../../calls/chat.ts';
import { type GenerationEnd, type GenerationPlan, generate } from '../generation/generate.ts';
import { tokenChoice } from '../generation/sampling.ts';
import { HostError } from '../hostError.ts';
import type { HostModel } from '../load/loadModel.ts';
import { answerLimit, roomBehind } from '../room.ts';
import type { CallContext } from '../serve.ts';
import { AnswerEvents } from './answerEvents.ts';
import { type ChatPrompt, chatPrompt } from './chatPrompt.ts';
import { requireCall } from './requiredCall.ts';

/** Least number of tokens that a prompt must leave free; a shorter answer is no help. */
const MIN_ANSWER_TOKENS = 16;
/** Share of the room that a thought may take, so that an answer is left. */
const THOUGHT_SHARE = 0.75;

const STOP_REASONS = {
  end: 'end',
  stop: 'end',
  unlikely: 'end',
  length: 'length',
  loop: 'loop',
  cancelled: 'cancelled',
} as const satisfies Record<GenerationEnd, ChatEnd['stopReason']>;

/** Returns the tokens that are left for the answer. @throws HostError `context-overflow`. */
function roomFor(host: HostModel, promptTokens: number): number {
  const room = roomBehind(host, promptTokens);
  if (room >= MIN_ANSWER_TOKENS) return room;
  throw new HostError(
    'context-overflow',
    t(
      'The conversation takes {0} tokens, which leaves no room for an answer in the context of {1} tokens. Shorten the conversation, or load the model with a larger context.',
      promptTokens,
      host.context.contextSize,
    ),
  );
}

/** @throws HostError `context-overflow`, `engine-error`. */
export async function answerChat(
  host: HostModel,
  params: ChatParams,
  { signal, client, emit }: CallContext<ChatEvent>,
): Promise<ChatEnd> {
  if (params.messages.length === 0)
    throw new HostError('engine-error', t('The conversation is empty. Ask something first.'));
  const prompt = chatPrompt(host, params);
  const room = roomFor(host, prompt.tokens.length);
  for (const note of host.newNotes(prompt.notes)) emit({ note });
  const maxTokens = answerLimit(params.maxTokens, room);
  const turn = host.turns.take(params.purpose, {
    signal,
    client,
    onWait: (waitingFor) => emit({ waitingFor }),
  });
  try {
    const events = new AnswerEvents(params, {
      emit,
      vocabulary: host.vocabulary,
      thoughtOpen: prompt.thoughtOpen,
      family: host.family,
      maxThoughtTokens: params.maxThoughtTokens ?? Math.floor(maxTokens * THOUGHT_SHARE),
    });
    const plan = await planOf(host, params, prompt, maxTokens);
    const result = await generate(host, plan, turn, events);
    const { end, evaluatedTokens } = result;
    events.end(end === 'length' || end === 'cancelled');
    let { answerTokens, decodes } = result;
    if (end === 'cancelled') return { stopReason: end, evaluatedTokens, answerTokens, decodes };
    if (events.calls === 0 && params.toolMode === 'required') {
      const second = await requireCall(host, params.tools, plan, turn, emit);
      answerTokens += second.answerTokens;
      decodes += second.decodes;
      const stopReason = second.end === 'cancelled' ? 'cancelled' : 'toolCalls';
      return { stopReason, evaluatedTokens, answerTokens, decodes };
    }
    const isCall = end === 'end' && events.calls > 0;
    return { stopReason: isCall ? 'toolCalls' : STOP_REASONS[end], evaluatedTokens, answerTokens, decodes };
  } finally {
    turn.end();
  }
}

async function planOf(
  host: HostModel,
  params: ChatParams,
  prompt: ChatPrompt,
  maxTokens: number,
): Promise<GenerationPlan> {
  const { purpose, sampling, stop, copiedText, outputSchema } = params;
  return {
    prompt: prompt.tokens,
    maxTokens,
    choice: tokenChoice(sampling, host.context.contextSize),
    stop,
    copied:
      copiedText === undefined ? undefined : host.vocabulary.tokensOf([{ text: copiedText, special: false }]),
    grammar: outputSchema === undefined ? undefined : await grammarFor(host, outputSchema),
    // An edit may repeat what the code repeats.
    guardsLoops: purpose === 'chat',
  };
}

/** @throws HostError `engine-error` for a schema that cannot be a grammar. */
async function grammarFor(host: HostModel, schema: object): Promise<LlamaGrammarEvaluationState> {
  try {
    return await host.grammars.forSchema(schema);
  } catch (error) {
    const message = t('The model cannot be held to this JSON schema. Use a simpler one.');
    throw new HostError('engine-error', message, error);
  }
}
