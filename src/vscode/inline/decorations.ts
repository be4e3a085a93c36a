/** Marks the lines that proposals would replace. */
import * as vscode from 'vscode';
import type { Proposal } from './proposal.ts';

/** One decoration for all proposals, created once because VS Code keeps it until it is disposed. */
export class RemovedLines implements vscode.Disposable {
  readonly #type = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('diffEditor.removedLineBackground'),
    overviewRulerColor: new vscode.ThemeColor('editorGutter.deletedBackground'),
  });

  /** Marks the lines of the proposals in every visible editor, and no others. */
  show(proposals: readonly Proposal[]): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const ranges = proposals
        .filter(({ document, state }) => document === editor.document && state.kind !== 'asking')
        .map(({ first, last }) => new vscode.Range(first, 0, last, 0));
      editor.setDecorations(this.#type, ranges);
    }
  }

  dispose(): void {
    this.#type.dispose();
  }
}
