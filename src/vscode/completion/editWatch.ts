/** Tells a history of edits what the user changes in documents. */
import * as vscode from 'vscode';
import type { EditHistory } from '../../assist/index.ts';
import { isCompletable } from './completionPlace.ts';

/** Longest document that is followed, in characters; the text is looked at after each change. */
const MAX_CHARACTERS = 200_000;

/** Tells if anybody wants to know edits; texts are not looked at otherwise. */
interface Interest {
  readonly isOn: () => boolean;
  /** Calls `listener` when that may have changed. @returns a function that stops it. */
  readonly onDidChange: (listener: () => void) => () => void;
}

/** Follows changes until the result is disposed. */
export function watchEdits(history: EditHistory, { isOn, onDidChange }: Interest): vscode.Disposable {
  const open = (document: vscode.TextDocument | undefined): void => {
    if (document === undefined || !isOn() || history.knows(document.uri.toString())) return;
    const text = textOf(document);
    if (text !== undefined) history.open(document.uri.toString(), text);
  };
  open(vscode.window.activeTextEditor?.document);
  return vscode.Disposable.from(
    new vscode.Disposable(onDidChange(() => open(vscode.window.activeTextEditor?.document))),
    vscode.window.onDidChangeActiveTextEditor((editor) => open(editor?.document)),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length === 0) return;
      if (!isOn()) history.close(document.uri.toString());
      const text = isOn() ? textOf(document) : undefined;
      if (text !== undefined) history.change(document.uri.toString(), text);
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => history.close(uri.toString())),
  );
}

/** Returns a document's text with `\n`, or undefined if it is not followed. */
function textOf(document: vscode.TextDocument): string | undefined {
  if (!isCompletable(document) || document.uri.scheme !== 'file') return undefined;
  const end = document.offsetAt(document.lineAt(document.lineCount - 1).range.end);
  return end > MAX_CHARACTERS ? undefined : document.getText().replaceAll('\r\n', '\n');
}
