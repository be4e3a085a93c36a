/** Fits a conversation into a model's context, and reports what had to be left out. */
import { ModelError } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import type { ChatMessage } from '../inference/index.ts';
import { type Attachment, cutAttachment, formatMessage, parseMessage, SELECTED } from './attachment.ts';

/** The available room, in tokens. */
export interface ContextBudget {
  /** Room for prompt and answer combined. */
  readonly contextTokens: number;
  /** Room reserved for the answer, up to half of the context. */
  readonly answerTokens: number;
  readonly countTokens: (text: string) => Promise<number>;
}

/** A conversation that fits. */
export interface FittedMessages {
  readonly messages: readonly ChatMessage[];
  /** The omissions, for people; empty if everything fits. */
  readonly dropped: Localized[];
}

/** Allowance for the frame that chat templates put around a message; Llama's and ChatML's take 4 to 6 tokens. */
const MESSAGE_TOKENS = 12;
/** Allowance for the frame around the conversation, such as today's date, in tokens. */
const TEMPLATE_TOKENS = 48;
/** Least room for an answer that is of any help, in tokens. */
const MIN_ANSWER_TOKENS = 32;

/** A message with its size. */
interface Sized {
  readonly message: ChatMessage;
  readonly tokens: number;
}

function sum(messages: readonly Sized[]): number {
  return messages.reduce((total, { tokens }) => total + tokens, 0);
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

/** Cuts lines from attachments, the largest first, until the message takes at most `room` tokens. */
class AttachmentCutter {
  readonly #countTokens: ContextBudget['countTokens'];
  readonly dropped: Localized[] = [];

  constructor(countTokens: ContextBudget['countTokens']) {
    this.#countTokens = countTokens;
  }

  async cut(content: string, room: number): Promise<string> {
    const { attachments, question } = parseMessage(content);
    const pieces: (Attachment | undefined)[] = [...attachments];
    const text = (): string =>
      formatMessage({ attachments: pieces.filter((piece) => piece !== undefined), question });
    const sizes = await Promise.all(attachments.map((piece) => this.#tokens(piece)));
    const order = attachments
      .map((_, index) => index)
      .filter((index) => !attachments[index]?.title.startsWith(SELECTED))
      .sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
    for (const index of order) {
      const excess = (await this.#countTokens(text())) - room;
      if (excess <= 0) break;
      const piece = attachments[index];
      if (piece === undefined) continue;
      pieces[index] = await this.#shorten(piece, (sizes[index] ?? 0) - excess);
      const missing =
        piece.lines.length - (pieces[index] === undefined ? 0 : (pieces[index]?.lines.length ?? 1) - 1);
      this.dropped.push(linesText(missing, piece));
    }
    return text();
  }

  async #tokens(attachment: Attachment): Promise<number> {
    return this.#countTokens(formatMessage({ attachments: [attachment], question: '' }));
  }

  /** Keeps as many lines of the attachment as fit into `room` tokens. */
  async #shorten(attachment: Attachment, room: number): Promise<Attachment | undefined> {
    let low = 0;
    let high = attachment.lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const shorter = cutAttachment(attachment, middle);
      if (shorter !== undefined && (await this.#tokens(shorter)) <= room) low = middle;
      else high = middle - 1;
    }
    return cutAttachment(attachment, low);
  }
}

function linesText(missing: number, { lines, title }: Attachment): Localized {
  return lines.length === 1
    ? t('1 of 1 line of “{0}”', title)
    : t('{0} of {1} lines of “{2}”', missing, lines.length, title);
}

function messagesText(missing: number): Localized {
  return missing === 1
    ? t('1 earlier message of the conversation')
    : t('{0} earlier messages of the conversation', missing);
}

/**
 * Returns the part of the conversation that fits: always the system messages and the last question, then the newest turns. If the question alone is too long, lines of its attachments are dropped, but never the
 * selected code.
 * @throws ModelError `context-overflow` if the question does not fit even without attachments.
 */
export async function fitMessages(
  messages: readonly ChatMessage[],
  budget: ContextBudget,
): Promise<FittedMessages> {
  const { contextTokens, countTokens } = budget;
  const sized = await Promise.all(
    messages.map(async (message): Promise<Sized> => {
      return { message, tokens: (await countTokens(message.content)) + MESSAGE_TOKENS };
    }),
  );
  const usable = contextTokens - TEMPLATE_TOKENS;
  const room = usable - Math.min(budget.answerTokens, Math.floor(contextTokens / 2));
  if (sum(sized) <= room) return { messages, dropped: [] };

  const last = sized.findLastIndex(({ message }) => message.role === 'user');
  const isHistory = ({ message }: Sized, index: number): boolean => index < last && message.role !== 'system';
  const fixed = sized.filter((one, index) => !isHistory(one, index));
  const history = sized.filter(isHistory);
  const kept = dropOldest(history, room - sum(fixed));
  const dropped: Localized[] = [];
  if (kept.length < history.length) dropped.push(messagesText(history.length - kept.length));
  const rest = sized.filter((one, index) => !isHistory(one, index) || kept.includes(one));
  if (sum(rest) <= room) return { messages: rest.map(({ message }) => message), dropped };

  const question = sized[last];
  if (question === undefined) throw overflow(sum(rest), contextTokens);
  const others = sum(fixed) - question.tokens;
  const cutter = new AttachmentCutter(countTokens);
  const content = await cutter.cut(question.message.content, room - others - MESSAGE_TOKENS);
  const total = others + MESSAGE_TOKENS + (await countTokens(content));
  // The answer may become shorter than requested, but the question is never cut.
  if (total > usable - MIN_ANSWER_TOKENS) throw overflow(total, contextTokens);
  // If only the answer becomes shorter, the question stays the same object.
  const asked = content === question.message.content ? question.message : { ...question.message, content };
  return {
    messages: rest.map(({ message }) => (message === question.message ? asked : message)),
    dropped: [...dropped, ...cutter.dropped],
  };
}

function overflow(tokens: number, contextTokens: number): ModelError {
  return new ModelError(
    'context-overflow',
    t(
      'The question takes about {0} tokens, which leaves no room for an answer in the context of {1} tokens. Select less code, ask with fewer words, or load the model with a larger context.',
      tokens,
      contextTokens,
    ),
  );
}
