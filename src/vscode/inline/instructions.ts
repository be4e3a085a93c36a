/** Instructions of inline edits: where they are asked for, and how they come out of a command's argument. */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import { property } from '../commands/property.ts';
import { askForText } from '../window/notify.ts';

/**
 * True if VS Code shows threads of comments at a document's lines, which have a box for the instruction. In cells of
 * notebooks it shows only threads about whole cells, which extensions cannot make.
 */
export function areCommentsShown({ uri }: vscode.TextDocument): boolean {
  if (uri.scheme === 'vscode-notebook-cell') return false;
  return vscode.workspace.getConfiguration('comments').get('visible') !== false;
}

/**
 * True if a box at a document's lines is the only one: VS Code shows a thread in each editor of the document, so that a
 * split editor would have two boxes, of which one keeps its text for itself.
 */
export function hasBoxAtLines(document: vscode.TextDocument): boolean {
  const editors = vscode.window.visibleTextEditors.filter((editor) => editor.document === document);
  return areCommentsShown(document) && editors.length < 2;
}

/** Asks in a box at the top of the window. */
export function askInstruction(): Thenable<string | undefined> {
  return askForText({ title: t('Edit with Local Model'), placeHolder: t('Add types') });
}

/** The text of a comment that VS Code passes on; a box has replaced its `body`. */
export function bodyOf(comment: unknown): string {
  const body = property(comment, 'body');
  return String(property(body, 'value') ?? body ?? '');
}

/** The instruction that a caller gives. Returns undefined if it gives none. */
export function instructionOf(argument: unknown): string | undefined {
  const instruction = property(argument, 'instruction');
  return typeof instruction === 'string' ? instruction : undefined;
}
