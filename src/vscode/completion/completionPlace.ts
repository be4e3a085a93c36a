/** The places in documents of the editor that are completed, and those that are left alone. */
import * as vscode from 'vscode';
import { looksSecret, type Place } from '../../assist/index.ts';

/** Files, new files and cells of notebooks; not the output, the input of a commit, or what another extension shows. */
const SCHEMES = new Set(['file', 'untitled', 'vscode-notebook-cell']);
/**
 * Lines before the cursor that are read. They begin at a multiple of this number, so that the text begins at the same
 * line for many keys.
 */
const LINES = 1_000;
/** Lines behind the cursor that are read. */
const LINES_BEHIND = 40;

/** Tells if completions are for a document at all. */
export function isCompletable({ uri }: vscode.TextDocument): boolean {
  return SCHEMES.has(uri.scheme) && !looksSecret(uri.path);
}

/** Tells if a word goes on right of the cursor, where a completion would be in the way of whoever corrects the word. */
export function isInsideWord(document: vscode.TextDocument, { line, character }: vscode.Position): boolean {
  return /^[\p{L}\p{N}_$]/u.test(document.lineAt(line).text.slice(character));
}

/** Tells if the user selected something in the editor of a document. */
export function hasSelection(document: vscode.TextDocument): boolean {
  const editor = vscode.window.activeTextEditor;
  return editor?.document === document && editor.selections.some(({ isEmpty }) => !isEmpty);
}

/**
 * Returns the place of a cursor.
 * @param selected the entry of the suggest widget that is about to be inserted.
 */
export function placeOf(
  document: vscode.TextDocument,
  position: vscode.Position,
  selected: vscode.SelectedCompletionInfo | undefined,
): Place {
  const firstLine = Math.max(0, Math.floor(position.line / LINES) - 1) * LINES;
  const end = document.lineAt(Math.min(document.lineCount - 1, position.line + LINES_BEHIND)).range.end;
  const text = (range: vscode.Range): string => document.getText(range).replaceAll('\r\n', '\n');
  const before = text(new vscode.Range(new vscode.Position(firstLine, 0), selected?.range.start ?? position));
  return {
    document: `${document.uri.toString()}#${firstLine}`,
    prefix: before + (selected?.text ?? ''),
    suffix: text(new vscode.Range(selected?.range.end ?? position, end)),
  };
}
