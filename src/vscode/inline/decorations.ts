/** The appearance of a pending edit: added lines, removed lines, and lines that the answer has not reached. */
import * as vscode from 'vscode';
import type { MergedLine } from '../../assist/index.ts';

type Kind = MergedLine['kind'];

/** One decoration for each kind of line, created once because VS Code keeps them until they are disposed. */
export class EditDecorations implements vscode.Disposable {
  readonly #types: Readonly<Record<Exclude<Kind, 'same'>, vscode.TextEditorDecorationType>> = {
    added: vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      backgroundColor: new vscode.ThemeColor('diffEditor.insertedLineBackground'),
      overviewRulerColor: new vscode.ThemeColor('editorGutter.addedBackground'),
    }),
    removed: vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      backgroundColor: new vscode.ThemeColor('diffEditor.removedLineBackground'),
      overviewRulerColor: new vscode.ThemeColor('editorGutter.deletedBackground'),
    }),
    pending: vscode.window.createTextEditorDecorationType({ isWholeLine: true, opacity: '0.5' }),
  };

  /** Shows `lines`, the first of which is line `startLine` of the editor's document. */
  show(editor: vscode.TextEditor, startLine: number, lines: readonly MergedLine[]): void {
    for (const [kind, type] of Object.entries(this.#types)) {
      const ranges = lines.flatMap((line, index) =>
        line.kind === kind ? [new vscode.Range(startLine + index, 0, startLine + index, 0)] : [],
      );
      editor.setDecorations(type, ranges);
    }
  }

  /** Removes every decoration from an editor. */
  clear(editor: vscode.TextEditor): void {
    for (const type of Object.values(this.#types)) editor.setDecorations(type, []);
  }

  dispose(): void {
    for (const type of Object.values(this.#types)) type.dispose();
  }
}
