/** Fits a conversation into a model's context, and reports what had to be left out. */
import { ModelError } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import { type ChatMessage, IMAGE_TOKENS, imagesOf } from '../inference/index.ts';
import { AttachmentCutter, type Omission } from './attachmentCutter.ts';
import { type CountTokens, countUpTo } from './countUpTo.ts';

/** The available room, in tokens. */
export interface ContextBudget {
  /** Room for prompt and answer combined. */
  readonly contextTokens: number;
  /** Room reserved for the answer, up to half of the context. */
  readonly answerTokens: number;
  /** Room that tools take. Defaults to none. */
  readonly toolTokens?: number;
  /** True if attachments must not be shortened. Defaults to false. */
  readonly isWhole?: boolean;
  readonly countTokens: CountTokens;
}

/** A conversation that fits. */
export interface FittedMessages {
  readonly messages: readonly ChatMessage[];
  /** Empty if everything fits. */
  readonly dropped: Omission[];
}

/** Allowance for the frame that chat templates put around a message; Llama's and ChatML's take 4 to 6 tokens. */
const MESSAGE_TOKENS = 12;
/** Allowance for the frame around the conversation, such as today's date, in tokens. */
const TEMPLATE_TOKENS = 48;
/** Least room for an answer that is of any help, in tokens. */
const MIN_ANSWER_TOKENS = 32;
/** Characters that are left of the result of an earlier call if there is no room for all of it. */
const RESULT_CHARACTERS = 600;

/** A message with its size. */
interface Sized {
  readonly message: ChatMessage;
  readonly tokens: number;
}

function sum(messages: readonly Sized[]): number {
  return messages.reduce((total, { tokens }) => total + tokens, 0);
}

/** The room of prompt and tools, in tokens. */
export function promptRoom({ contextTokens, answerTokens }: ContextBudget): number {
  return contextTokens - TEMPLATE_TOKENS - Math.min(answerTokens, Math.floor(contextTokens / 2));
}

/** The frame around a message, and its images. */
function tokensBesideText(message: ChatMessage): number {
  return MESSAGE_TOKENS + imagesOf(message).length * IMAGE_TOKENS;
}

/** @param limit tokens above which the size need not be exact. */
async function sized(message: ChatMessage, limit: number, countTokens: CountTokens): Promise<Sized> {
  const calls = message.role === 'assistant' && message.toolCalls?.length ? message.toolCalls : undefined;
  const text = calls === undefined ? message.content : `${message.content}\n${JSON.stringify(calls)}`;
  return { message, tokens: (await countUpTo(text, limit, countTokens)) + tokensBesideText(message) };
}

/** Returns the size of a conversation, in tokens; one beyond the context need not be exact. */
export async function conversationTokens(
  messages: readonly ChatMessage[],
  { contextTokens, countTokens }: Pick<ContextBudget, 'contextTokens' | 'countTokens'>,
): Promise<number> {
  return sum(await Promise.all(messages.map((message) => sized(message, contextTokens, countTokens))));
}

/**
 * Drops the oldest turns, each with its answer, until `history` takes at most `room` tokens. They go by halves of the
 * room, so that the next turns drop the same ones: the prompt begins the same, and its saved state can be used.
 */
function dropOldest(history: readonly Sized[], room: number): readonly Sized[] {
  const excess = sum(history) - room;
  if (excess <= 0) return history;
  const half = Math.max(1, room / 2);
  const wanted = Math.ceil(excess / half) * half;
  let kept = history;
  let dropped = 0;
  while (kept.length > 0 && dropped < wanted) {
    const next = kept.findIndex(({ message }, index) => index > 0 && message.role === 'user');
    const turn = next === -1 ? kept : kept.slice(0, next);
    dropped += sum(turn);
    kept = next === -1 ? [] : kept.slice(next);
  }
  return kept;
}

function messagesText(missing: number): Localized {
  return missing === 1
    ? t('1 earlier message of the conversation')
    : t('{0} earlier messages of the conversation', missing);
}

/**
 * Shortens the results of tools that the model has worked with already: those before its last calls. All of them at once,
 * so that the next request shortens the same ones.
 */
async function shortenResults(
  rest: readonly Sized[],
  countTokens: CountTokens,
): Promise<{ rest: readonly Sized[]; count: number }> {
  const last = rest.findLastIndex(({ message }) => message.role === 'assistant');
  let count = 0;
  const shortened = await Promise.all(
    rest.map(async (one, index): Promise<Sized> => {
      const { message } = one;
      if (message.role !== 'tool' || index > last || message.content.length <= RESULT_CHARACTERS) return one;
      count++;
      const content = `${message.content.slice(0, RESULT_CHARACTERS)}\n[… the rest was left out …]`;
      return sized({ ...message, content }, RESULT_CHARACTERS, countTokens);
    }),
  );
  return { rest: shortened, count };
}

/**
 * Returns the part of the conversation that fits: always the system messages and the last question, then the newest
 * turns. If that is too long, the results of earlier calls are shortened, then lines of the question's attachments and
 * of the latest results, but never the selected code.
 * @throws ModelError `context-overflow` if the question does not fit even without attachments.
 */
export async function fitMessages(
  messages: readonly ChatMessage[],
  budget: ContextBudget,
): Promise<FittedMessages> {
  const { contextTokens, countTokens, toolTokens = 0 } = budget;
  const all = await Promise.all(messages.map((message) => sized(message, contextTokens, countTokens)));
  const room = promptRoom(budget) - toolTokens;
  if (sum(all) <= room) return { messages, dropped: [] };

  const last = all.findLastIndex(({ message }) => message.role === 'user');
  const isHistory = ({ message }: Sized, index: number): boolean => index < last && message.role !== 'system';
  const history = all.filter(isHistory);
  const kept = dropOldest(history, room - sum(all.filter((one, index) => !isHistory(one, index))));
  const dropped: Omission[] = [];
  if (kept.length < history.length) dropped.push({ text: messagesText(history.length - kept.length) });
  const short = await shortenResults(
    all.filter((one, index) => !isHistory(one, index) || kept.includes(one)),
    countTokens,
  );
  if (short.count > 0) dropped.push({ text: t('parts of {0} earlier results of tools', short.count) });
  if (sum(short.rest) <= room) return { messages: short.rest.map(({ message }) => message), dropped };

  const cutter = new AttachmentCutter(countTokens);
  const limit = budget.isWhole === true ? Number.POSITIVE_INFINITY : room;
  // The answer may become shorter than requested, but the question is never cut.
  const usable = contextTokens - TEMPLATE_TOKENS - toolTokens - MIN_ANSWER_TOKENS;
  const rest = await cutAll(short.rest, limit, cutter, budget);
  if (sum(rest) > usable) throw overflow(rest, usable, contextTokens);
  return { messages: rest.map(({ message }) => message), dropped: [...dropped, ...cutter.dropped] };
}

/** Cuts the attachments of the question, then the latest results of tools. What is not cut stays the same object. */
async function cutAll(
  rest: readonly Sized[],
  room: number,
  cutter: AttachmentCutter,
  { contextTokens, countTokens }: ContextBudget,
): Promise<readonly Sized[]> {
  const question = rest.findLastIndex(({ message }) => message.role === 'user');
  const results = rest.flatMap(({ message }, index) =>
    message.role === 'tool' && index > question ? [index] : [],
  );
  const now = [...rest];
  for (const index of [question, ...results]) {
    const one = now[index];
    const excess = sum(now) - room;
    if (one === undefined || excess <= 0) continue;
    const content = await cutter.cut(one.message, one.tokens - tokensBesideText(one.message) - excess);
    if (content !== one.message.content)
      now[index] = await sized({ ...one.message, content }, contextTokens, countTokens);
  }
  return now;
}

/** @param usable tokens that the question may take. */
function overflow(rest: readonly Sized[], usable: number, contextTokens: number): ModelError {
  const tokens = sum(rest);
  const ofImages = rest.reduce((all, { message }) => all + tokensBesideText(message) - MESSAGE_TOKENS, 0);
  if (tokens - ofImages <= usable) {
    const message = t(
      'The question with its images takes about {0} tokens, which leaves no room for an answer in the context of {1} tokens. Attach fewer images, or load the model with a larger context.',
      tokens,
      contextTokens,
    );
    return new ModelError('context-overflow', message);
  }
  return new ModelError(
    'context-overflow',
    t(
      'The question takes about {0} tokens, which leaves no room for an answer in the context of {1} tokens. Select less code, ask with fewer words, or load the model with a larger context.',
      tokens,
      contextTokens,
    ),
  );
}
