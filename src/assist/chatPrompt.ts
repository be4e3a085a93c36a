/** Builds the messages of a question about code for a small local model. */
import type { ChatMessage } from '../inference/index.ts';
import { type Attachment, formatMessage, SELECTED } from './attachment.ts';

/** Text that accompanies a question: a file, part of a file, or pasted text. */
export interface TextReference {
  /** Names the text, for example by its path. */
  readonly label: string;
  readonly languageId?: string | undefined;
  readonly text: string;
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

/** Builds the messages. Code comes before the question, because models answer best what they read last. */
export function buildChatMessages(input: ChatPrompt): ChatMessage[] {
  const system = input.system ?? CHAT_SYSTEM_PROMPT;
  const attachments = input.references.map(({ label, languageId, text }): Attachment => {
    return { title: label, languageId: languageId ?? '', lines: linesOf(text) };
  });
  if (input.selection !== undefined) attachments.push(selectionAttachment(input.selection));
  const content = formatMessage({ attachments, question: input.prompt });
  return [
    ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
    ...input.history,
    { role: 'user', content },
  ];
}
