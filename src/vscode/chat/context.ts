/** Converts the chat view's context to messages for a model: history, references and the editor's selection. */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import type { ChatMessage } from '../../inference/index.ts';

/** Text that accompanies a question. */
export interface TextReference {
  readonly label: string;
  readonly languageId?: string;
  readonly text: string;
}

/** Longest attached file that is read, in characters; the context budget decides how much of it is sent. */
const MAX_REFERENCE_CHARACTERS = 400_000;

/** Returns the earlier turns of the conversation with this participant. */
export function historyMessages(context: vscode.ChatContext): ChatMessage[] {
  const messages: ChatMessage[] = [];
  for (const turn of context.history) {
    if (turn instanceof vscode.ChatRequestTurn) {
      messages.push({ role: 'user', content: turn.prompt });
      continue;
    }
    const content = turn.response
      .map((part) => (part instanceof vscode.ChatResponseMarkdownPart ? part.value.value : ''))
      .join('');
    // A failed turn has no text, and a question without an answer confuses small models.
    if (content === '') messages.pop();
    else messages.push({ role: 'assistant', content });
  }
  return messages;
}

/** Reads the files, places and texts that the user attached, in the order of the prompt. */
export async function attachedReferences(
  references: readonly vscode.ChatPromptReference[],
  log: Log,
): Promise<TextReference[]> {
  const read = references.map((reference) =>
    readReference(reference).catch((error: unknown) => {
      log.warn(`The attachment ${reference.id} could not be read: ${String(error)}`);
      return undefined;
    }),
  );
  return (await Promise.all(read)).filter((reference) => reference !== undefined);
}

async function readReference({ value }: vscode.ChatPromptReference): Promise<TextReference | undefined> {
  if (typeof value === 'string') return { label: t('attached text'), text: value };
  if (value instanceof vscode.Uri) return readDocument(value);
  if (value instanceof vscode.Location) return readDocument(value.uri, value.range);
  return undefined;
}

async function readDocument(uri: vscode.Uri, range?: vscode.Range): Promise<TextReference> {
  const document = await vscode.workspace.openTextDocument(uri);
  const label = vscode.workspace.asRelativePath(uri);
  const lines = range === undefined ? '' : `:${range.start.line + 1}-${range.end.line + 1}`;
  const text = document.getText(range).slice(0, MAX_REFERENCE_CHARACTERS);
  return { label: `${label}${lines}`, languageId: document.languageId, text };
}

/** Returns the active editor's selection, unless it is empty or already attached. */
export function editorSelection(
  references: readonly vscode.ChatPromptReference[],
): { label: string; languageId: string; text: string; startLine: number } | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.selection.isEmpty) return undefined;
  const { document, selection } = editor;
  const attached = references.some(
    ({ value }) =>
      value instanceof vscode.Location &&
      value.uri.toString() === document.uri.toString() &&
      value.range.contains(selection),
  );
  if (attached) return undefined;
  return {
    label: vscode.workspace.asRelativePath(document.uri),
    languageId: document.languageId,
    text: document.getText(selection),
    startLine: selection.start.line + 1,
  };
}
