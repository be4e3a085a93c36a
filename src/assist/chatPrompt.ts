/** Builds the messages of a question about code for a small local model. */
import type { ChatMessage, ImageContent } from '../inference/index.ts';
import { type Attachment, formatMessage, LESS_USEFUL, type LessUseful, SELECTED } from './attachment.ts';

/** Text that accompanies a question: a file, part of a file, or pasted text. */
export interface TextReference {
  /** Names the text, for example by its path. */
  readonly label: string;
  readonly languageId?: string | undefined;
  readonly text: string;
  /** Nobody attached it, so it is cut before what the user attached. Defaults to attached. */
  readonly kind?: LessUseful | 'problems' | 'changes' | undefined;
}

/** The selection in the editor. */
export interface EditorSelection {
  readonly label: string;
  readonly languageId: string;
  readonly text: string;
  /** First line of the selection, counted from 1. */
  readonly startLine: number;
}

/** A question with its context. */
export interface ChatPrompt {
  /** Replaces {@link CHAT_SYSTEM_PROMPT}; an empty text sends none. */
  readonly system?: string | undefined;
  readonly history: readonly ChatMessage[];
  readonly prompt: string;
  readonly references: readonly TextReference[];
  readonly selection?: EditorSelection | undefined;
  readonly images?: readonly ImageContent[] | undefined;
}

/** Kept short, because a small model reads every token of it on the user's own processor. */
export const CHAT_SYSTEM_PROMPT =
  'You are a coding assistant inside an editor. Answer briefly. Put code into fenced code blocks with the language.';

function linesOf(text: string): string[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}

function selectionAttachment({ label, languageId, text, startLine }: EditorSelection): Attachment {
  const lines = linesOf(text);
  const last = startLine + lines.length - 1;
  const place = last === startLine ? `line ${startLine}` : `lines ${startLine} to ${last}`;
  return { title: `${SELECTED}, ${label}, ${place}`, languageId, lines };
}

function referenceAttachment({ label, languageId = '', text, kind }: TextReference): Attachment {
  const title =
    kind === undefined
      ? label
      : kind === 'problems'
        ? `Problems in ${label}`
        : kind === 'changes'
          ? `Changes in ${label}`
          : `${LESS_USEFUL[kind]} ${label}`;
  return { title, languageId, lines: linesOf(text) };
}

/** The place of a text in the prompt: what matters most is read last. */
function rank({ kind }: TextReference): number {
  const kinds = ['tree', 'file', 'visible', undefined, 'changes', 'problems'] as const;
  return kinds.indexOf(kind);
}

/** Builds the user's message. Code comes before the question, because models answer best what they read last. */
export function userMessage(
  prompt: string,
  references: readonly TextReference[],
  selection?: EditorSelection,
): string {
  const attachments = references.toSorted((a, b) => rank(a) - rank(b)).map(referenceAttachment);
  if (selection !== undefined) attachments.push(selectionAttachment(selection));
  return formatMessage({ attachments, question: prompt });
}

/**
 * Builds the messages. Earlier ones are as they were sent, so that the prompt begins as the last one did and its saved
 * state is used.
 */
export function buildChatMessages(input: ChatPrompt): ChatMessage[] {
  const system = input.system ?? CHAT_SYSTEM_PROMPT;
  const { images = [] } = input;
  const content = userMessage(input.prompt, input.references, input.selection);
  return [
    ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
    ...input.history,
    { role: 'user', content, ...(images.length === 0 ? {} : { images }) },
  ];
}
