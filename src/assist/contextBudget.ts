/** Fits a conversation into a model's context, and reports what had to be left out. */
import { ModelError } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import type { ChatMessage } from '../inference/index.ts';
import {
  type Attachment,
  BEFORE,
  cutAttachment,
  formatMessage,
  missingLines,
  parseMessage,
  usefulness,
} from './attachment.ts';
import { type CountTokens, countUpTo } from './countUpTo.ts';

/** The available room, in tokens. */
export interface ContextBudget {
  /** Room for prompt and answer combined. */
  readonly contextTokens: number;
  /** Room reserved for the answer, up to half of the context. */
  readonly answerTokens: number;
  readonly countTokens: CountTokens;
}

/** A part of a conversation that was left out. */
export interface Omission {
  /** For people. */
  readonly text: Localized;
  /** The whole attachment, if it is one that was cut. */
  readonly attachment?: Attachment;
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
/** Numbers of lines that are added to a shortened attachment as long as they fit, the largest first. */
const SHORTENING_STEPS = [128, 16, 4, 1];
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

/** Fits attachments into a message: the least useful ones are cut first, and of equals the largest. */
class AttachmentCutter {
  readonly #countTokens: CountTokens;
  readonly dropped: Omission[] = [];

  constructor(countTokens: CountTokens) {
    this.#countTokens = countTokens;
  }

  /** Cuts lines until the message takes at most `room` tokens, as far as that is possible. */
  async cut(content: string, room: number): Promise<string> {
    const { attachments, question } = parseMessage(content);
    const sizes = await Promise.all(attachments.map((piece) => this.#tokens(piece, room)));
    const pieces: (Attachment | undefined)[] = [...attachments];
    let left = room - (await this.#countTokens(question));
    for (const index of byUsefulness(attachments, sizes)) {
      const piece = attachments[index];
      const size = sizes[index] ?? 0;
      if (piece === undefined) continue;
      if (size <= left || usefulness(piece) === Number.POSITIVE_INFINITY) {
        left -= size;
        continue;
      }
      const [kept, tokens] = await this.#shorten(piece, left);
      pieces[index] = kept;
      left -= tokens;
      const missing = piece.lines.length - (kept === undefined ? 0 : kept.lines.length - 1);
      this.dropped.push({ text: linesText(missing, piece), attachment: piece });
    }
    return formatMessage({ attachments: pieces.filter((piece) => piece !== undefined), question });
  }

  /** Counts an attachment with the gap behind it, up to a little more than `limit` tokens. */
  async #tokens(attachment: Attachment, limit: number): Promise<number> {
    const text = formatMessage({ attachments: [attachment], question: '' });
    return countUpTo(text, limit, this.#countTokens);
  }

  /** Keeps as many lines of the attachment as fit into `room` tokens. @returns them with their tokens. */
  async #shorten(attachment: Attachment, room: number): Promise<[Attachment | undefined, tokens: number]> {
    const { lines } = attachment;
    const fromEnd = attachment.title.startsWith(BEFORE);
    // The note about the missing lines, with title and fence.
    let tokens = await this.#tokens({ ...attachment, lines: [missingLines(lines.length)] }, room);
    let count = 0;
    for (const step of SHORTENING_STEPS) {
      while (count + step < lines.length) {
        const next = fromEnd
          ? lines.slice(lines.length - count - step, lines.length - count)
          : lines.slice(count, count + step);
        const size = await countUpTo(`${next.join('\n')}\n`, room - tokens, this.#countTokens);
        if (tokens + size > room) break;
        tokens += size;
        count += step;
      }
    }
    return count === 0 ? [undefined, 0] : [cutAttachment(attachment, count), tokens];
  }
}

/** The order in which attachments get their room: the most useful first, and of equals the smallest. */
function byUsefulness(attachments: readonly Attachment[], sizes: readonly number[]): number[] {
  const rank = (index: number): number => {
    const piece = attachments[index];
    return piece === undefined ? 0 : usefulness(piece);
  };
  return attachments
    .map((_, index) => index)
    .sort((a, b) => (rank(a) === rank(b) ? (sizes[a] ?? 0) - (sizes[b] ?? 0) : rank(b) - rank(a)));
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
 * Returns the part of the conversation that fits: always the system messages and the last question, then the newest
 * turns. If the question alone is too long, lines of its attachments are dropped, the least useful ones first, but never
 * the selected code.
 * @throws ModelError `context-overflow` if the question does not fit even without attachments.
 */
export async function fitMessages(
  messages: readonly ChatMessage[],
  budget: ContextBudget,
): Promise<FittedMessages> {
  const { contextTokens, countTokens } = budget;
  const sized = await Promise.all(
    messages.map(async (message): Promise<Sized> => {
      const tokens = await countUpTo(message.content, contextTokens, countTokens);
      return { message, tokens: tokens + MESSAGE_TOKENS };
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
  const dropped: Omission[] = [];
  if (kept.length < history.length) dropped.push({ text: messagesText(history.length - kept.length) });
  const rest = sized.filter((one, index) => !isHistory(one, index) || kept.includes(one));
  if (sum(rest) <= room) return { messages: rest.map(({ message }) => message), dropped };

  const question = sized[last];
  if (question === undefined) throw overflow(sum(rest), contextTokens);
  const others = sum(fixed) - question.tokens;
  const cutter = new AttachmentCutter(countTokens);
  const content = await cutter.cut(question.message.content, room - others - MESSAGE_TOKENS);
  const total = others + MESSAGE_TOKENS + (await countUpTo(content, contextTokens, countTokens));
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
