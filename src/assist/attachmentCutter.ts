/** Shortens messages that do not fit into a context, by lines of what is attached to them. */
import { type Localized, t } from '../base/l10n.ts';
import type { ChatMessage } from '../inference/index.ts';
import { type Attachment, type CuttableMessage, cutAttachment, cuttable, SELECTED } from './attachment.ts';

/** Cuts lines from attachments, the largest first, until a message takes at most some tokens. */
export class AttachmentCutter {
  readonly #countTokens: (text: string) => Promise<number>;
  /** The omissions, for people. */
  readonly dropped: Localized[] = [];

  constructor(countTokens: (text: string) => Promise<number>) {
    this.#countTokens = countTokens;
  }

  /** Returns the content of a message in at most `room` tokens, or in as many as it takes without attachments. */
  async cut(message: ChatMessage, room: number): Promise<string> {
    const { attachments, format } = partsOf(message);
    const pieces: (Attachment | undefined)[] = [...attachments];
    const sizes = await Promise.all(attachments.map((piece) => this.#tokens(piece)));
    const order = attachments
      .map((_, index) => index)
      .filter((index) => !attachments[index]?.title.startsWith(SELECTED))
      .sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
    for (const index of order) {
      const excess = (await this.#countTokens(format(pieces))) - room;
      if (excess <= 0) break;
      const piece = attachments[index];
      if (piece === undefined) continue;
      pieces[index] = await this.#shorten(piece, (sizes[index] ?? 0) - excess);
      const missing =
        piece.lines.length - (pieces[index] === undefined ? 0 : (pieces[index]?.lines.length ?? 1) - 1);
      this.dropped.push(linesText(missing, piece));
    }
    return format(pieces);
  }

  async #tokens({ title, lines }: Attachment): Promise<number> {
    return this.#countTokens(`${title}\n${lines.join('\n')}`);
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

/** The result of a tool is one attachment. */
function partsOf({ role, content }: ChatMessage): CuttableMessage {
  if (role !== 'tool') return cuttable(content);
  return {
    attachments: [{ title: t('the result of a tool'), languageId: '', lines: content.split('\n') }],
    format: ([piece]) => piece?.lines.join('\n') ?? '',
  };
}

function linesText(missing: number, { lines, title }: Attachment): Localized {
  return lines.length === 1
    ? t('1 of 1 line of “{0}”', title)
    : t('{0} of {1} lines of “{2}”', missing, lines.length, title);
}
