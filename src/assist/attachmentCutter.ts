/** Shortens messages that do not fit into a context, by lines of what is attached to them. */
import { type Localized, t } from '../base/l10n.ts';
import type { ChatMessage } from '../inference/index.ts';
import {
  type Attachment,
  BEFORE,
  type CuttableMessage,
  cutAttachment,
  cuttable,
  formatMessage,
  missingLines,
  usefulness,
} from './attachment.ts';
import { type CountTokens, countUpTo } from './countUpTo.ts';

/** Numbers of lines that are added to a shortened attachment as long as they fit, the largest first. */
const SHORTENING_STEPS = [128, 16, 4, 1];

/** A part of a conversation that was left out. */
export interface Omission {
  /** For people. */
  readonly text: Localized;
  /** The whole attachment, if it is one that was cut. */
  readonly attachment?: Attachment;
}

/** Fits attachments into a message: the least useful ones are cut first, and of equals the largest. */
export class AttachmentCutter {
  readonly #countTokens: CountTokens;
  readonly dropped: Omission[] = [];

  constructor(countTokens: CountTokens) {
    this.#countTokens = countTokens;
  }

  /** Returns the content of a message in at most `room` tokens, or in as many as it takes without attachments. */
  async cut(message: ChatMessage, room: number): Promise<string> {
    const { attachments, format } = partsOf(message);
    const sizes = await Promise.all(attachments.map((piece) => this.#tokens(piece, room)));
    const pieces: (Attachment | undefined)[] = [...attachments];
    const frame = format(attachments.map(() => undefined));
    let left = room - (await countUpTo(frame, room, this.#countTokens));
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
    return format(pieces);
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

/** The result of a tool is one attachment. */
function partsOf({ role, content }: ChatMessage): CuttableMessage {
  if (role !== 'tool') return cuttable(content);
  return {
    attachments: [{ title: t('the result of a tool'), languageId: '', lines: content.split('\n') }],
    format: ([piece]) => piece?.lines.join('\n') ?? '',
  };
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
