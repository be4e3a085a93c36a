/**
 * Code that accompanies a question: it stands at the start of the user's message, each piece as a title and a fenced
 * block. The same grammar is parsed again if the message is too long for the context.
 */
import { closesFence, fenced, parseFenceOpening } from './fence.ts';

/** A piece of code in a message. */
export interface Attachment {
  /** Excludes the colon at its end. */
  readonly title: string;
  readonly languageId: string;
  readonly lines: readonly string[];
}

/** A message whose attachments can be shortened. */
export interface CuttableMessage {
  readonly attachments: readonly Attachment[];
  /** Writes the message with other attachments in their places; undefined leaves one out. */
  readonly format: (attachments: readonly (Attachment | undefined)[]) => string;
}

/** A message, split into its parts. */
export interface MessageParts {
  readonly attachments: readonly Attachment[];
  /** The text after the attachments. */
  readonly question: string;
}

/** Starts the title of the code that the question is about; it is never cut. */
export const SELECTED = 'Selected code';
/** Starts the title of the lines above the selected code; its first lines matter least. */
export const BEFORE = 'Code before';

/** Starts of the titles of texts that nobody attached, the least useful first. They are cut before all others. */
export const LESS_USEFUL = {
  /** Names of files. */
  tree: 'Files in',
  /** The file around the code that the question is about. */
  file: 'File around it:',
  /** Lines that the editor shows. */
  visible: 'Visible lines of',
} as const;
export type LessUseful = keyof typeof LESS_USEFUL;

/** The usefulness of an attachment: those with the lowest are cut first, and the selected code never is. */
export function usefulness({ title }: Attachment): number {
  if (title.startsWith(SELECTED)) return Number.POSITIVE_INFINITY;
  const starts = Object.values(LESS_USEFUL);
  const index = starts.findIndex((start) => title.startsWith(`${start} `));
  return index === -1 ? starts.length : index;
}

/** Formats a user's message. */
export function formatMessage({ attachments, question }: MessageParts): string {
  const blocks = attachments.map(({ title, languageId, lines }) => {
    return `${title.replace(/[\r\n]+/g, ' ')}:\n${fenced(lines, languageId)}`;
  });
  return [...blocks, question].join('\n\n');
}

/** Parses the attachment at line `start`. Returns undefined if there is none. */
function parseAttachment(lines: readonly string[], start: number): [Attachment, end: number] | undefined {
  const title = lines[start];
  const opening = lines[start + 1];
  if (title === undefined || opening === undefined || !title.endsWith(':')) return undefined;
  const fence = parseFenceOpening(opening);
  if (fence === undefined || fence.indent > 0) return undefined;
  const closing = lines.findIndex((line, index) => index > start + 1 && closesFence(line, fence));
  if (closing === -1 || lines[closing + 1] !== '') return undefined;
  const attachment = {
    title: title.slice(0, -1),
    languageId: opening.slice(fence.length),
    lines: lines.slice(start + 2, closing),
  };
  return [attachment, closing + 2];
}

/** Splits a message that {@link formatMessage} made; any other text is a question without attachments. */
export function parseMessage(content: string): MessageParts {
  const lines = content.split('\n');
  const attachments: Attachment[] = [];
  let next = 0;
  for (
    let parsed = parseAttachment(lines, next);
    parsed !== undefined;
    parsed = parseAttachment(lines, next)
  ) {
    attachments.push(parsed[0]);
    next = parsed[1];
  }
  return { attachments, question: lines.slice(next).join('\n') };
}

/** The line in place of lines that were left out. */
export function missingLines(count: number): string {
  return `[… ${count} lines left out …]`;
}

/** Matches an attachment of VS Code's chat; its content may be a file without any marks. */
const VSCODE_ATTACHMENT = /(<attachment\b([^>\n]*)>\n)([\s\S]*?)(\n<\/attachment>)/g;

/** Splits a message of ours, or of VS Code's own chat, so that its attachments can be shortened. */
export function cuttable(content: string): CuttableMessage {
  const own = parseMessage(content);
  const found = [...content.matchAll(VSCODE_ATTACHMENT)];
  if (own.attachments.length > 0 || found.length === 0) {
    const format: CuttableMessage['format'] = (attachments) =>
      formatMessage({
        attachments: attachments.filter((piece) => piece !== undefined),
        question: own.question,
      });
    return { attachments: own.attachments, format };
  }
  const attachments = found.map(([, , properties = '', text = '']): Attachment => {
    const name = /(?:filePath|id)="([^"]*)"/.exec(properties)?.[1] ?? 'attachment';
    return { title: name, languageId: '', lines: text.split('\n') };
  });
  const format: CuttableMessage['format'] = (pieces) => {
    let end = 0;
    const texts = found.flatMap((match, index) => {
      const between = content.slice(end, match.index);
      end = match.index + match[0].length;
      const piece = pieces[index];
      return piece === undefined ? [between] : [between, match[1], piece.lines.join('\n'), match[4]];
    });
    return [...texts, content.slice(end)].join('');
  };
  return { attachments, format };
}

/**
 * Cuts an attachment to `count` of its lines, plus a line that says how many are missing. Returns undefined if none is
 * left.
 */
export function cutAttachment(attachment: Attachment, count: number): Attachment | undefined {
  const { lines, title } = attachment;
  if (count <= 0) return undefined;
  if (count >= lines.length) return attachment;
  const missing = missingLines(lines.length - count);
  const kept = title.startsWith(BEFORE)
    ? [missing, ...lines.slice(-count)]
    : [...lines.slice(0, count), missing];
  return { ...attachment, lines: kept };
}
