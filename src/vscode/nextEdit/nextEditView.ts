/**
 * Shows a next edit with decorations, because ghost text is for the cursor's own line. What goes has the color of removed
 * text in a difference, what comes stands behind it. A decoration is one line, so further lines are ghost text
 * ({@link LineGhost}); if the editor shows none, they stand behind the last line, with a sign for each line end.
 */
import * as vscode from 'vscode';
import type { Edit } from '../../assist/index.ts';
import { t } from '../../base/l10n.ts';

/** Longest text that is shown in a line, in characters. */
const MAX_CHARACTERS = 160;
const LINE_END = ' ⏎ ';
const WORD = /[\w$]/;

/** Decorations of one window. */
export class NextEditView implements vscode.Disposable {
  readonly #removed = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('diffEditor.removedTextBackground'),
    after: { backgroundColor: new vscode.ThemeColor('diffEditor.insertedTextBackground') },
  });
  readonly #gone = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('diffEditor.removedLineBackground'),
  });
  readonly #hint = vscode.window.createTextEditorDecorationType({
    after: {
      color: new vscode.ThemeColor('editorCodeLens.foreground'),
      border: '1px solid',
      borderColor: new vscode.ThemeColor('editorCodeLens.foreground'),
      margin: '0 0 0 1.5em',
    },
  });

  /** Shows an edit at its place. */
  showNear(editor: vscode.TextEditor, edit: Edit): void {
    editor.setDecorations(this.#gone, []);
    editor.setDecorations(this.#removed, changesOf(editor.document, edit));
    this.#tell(editor, Math.min(edit.line, editor.document.lineCount - 1), t('Tab to accept'));
  }

  /** Shows the lines from `first` to `last` as those that go if the ghost text below them is taken; they may be none. */
  showGone(editor: vscode.TextEditor, first: number, last: number): void {
    editor.setDecorations(this.#removed, []);
    editor.setDecorations(this.#gone, first > last ? [] : [new vscode.Range(first, 0, last, 0)]);
    this.#tell(editor, last, t('Tab to accept'));
  }

  /** Says at the cursor where an edit is that is elsewhere. */
  showFar(editor: vscode.TextEditor, edit: Edit): void {
    editor.setDecorations(this.#removed, []);
    editor.setDecorations(this.#gone, []);
    this.#tell(editor, editor.selection.active.line, t('Tab: next edit, line {0}', edit.line + 1));
  }

  clear(editor: vscode.TextEditor): void {
    editor.setDecorations(this.#removed, []);
    editor.setDecorations(this.#gone, []);
    editor.setDecorations(this.#hint, []);
  }

  dispose(): void {
    this.#removed.dispose();
    this.#gone.dispose();
    this.#hint.dispose();
  }

  #tell(editor: vscode.TextEditor, line: number, text: string): void {
    const { end } = editor.document.lineAt(line).range;
    const after = { contentText: `\u00a0${text}\u00a0` };
    editor.setDecorations(this.#hint, [{ range: new vscode.Range(end, end), renderOptions: { after } }]);
  }
}

function changesOf(
  document: vscode.TextDocument,
  { line, removed, added }: Edit,
): vscode.DecorationOptions[] {
  const pairs = Math.min(removed.length, added.length);
  const changes = removed.slice(0, pairs).flatMap((text, index) => {
    const now = added[index] ?? '';
    return text === now && index < pairs - 1 ? [] : [changeOf(line + index, text, now)];
  });
  const gone = removed.slice(pairs).map((text, index) => changeOf(line + pairs + index, text, ''));
  const more = added.slice(pairs);
  if (more.length === 0) return [...changes, ...gone];
  const last = changes.pop() ?? insertionAt(document, line);
  const first = last.renderOptions?.after?.contentText ?? '';
  return [
    ...changes,
    withText(last.range, first + more.map((text) => shown(LINE_END + text.trim())).join('')),
  ];
}

/** Lines that are inserted stand behind the line above them. */
function insertionAt(document: vscode.TextDocument, line: number): vscode.DecorationOptions {
  const { end } = document.lineAt(Math.max(0, line - 1)).range;
  return { range: new vscode.Range(end, end) };
}

/** The part of a line that changes, in whole words: letters in common with another word tell nobody anything. */
function changeOf(line: number, before: string, after: string): vscode.DecorationOptions {
  const { head, tail } = wordsInCommon(before, after);
  const range = new vscode.Range(line, head, line, before.length - tail);
  return withText(range, shown(after.slice(head, after.length - tail)));
}

/** Returns how many characters two lines have in common at their beginning and end, up to the bounds of words. */
export function wordsInCommon(
  before: string,
  after: string,
): { readonly head: number; readonly tail: number } {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head++;
  while (head > 0 && WORD.test(before[head - 1] ?? '') && isWordAt(before, after, head)) head--;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const [behind, now] = [before.length - tail - 1, after.length - tail - 1];
  const isInWord = WORD.test(before[behind] ?? '') || WORD.test(after[now] ?? '');
  while (isInWord && tail > 0 && WORD.test(before.at(-tail) ?? '')) tail--;
  return { head, tail };
}

function isWordAt(before: string, after: string, index: number): boolean {
  return WORD.test(before[index] ?? '') || WORD.test(after[index] ?? '');
}

function withText(range: vscode.Range, text: string): vscode.DecorationOptions {
  const contentText = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
  return { range, renderOptions: { after: { contentText } } };
}

/** Several spaces would be one in a decoration. */
function shown(text: string): string {
  return text.replaceAll('\t', '    ').replaceAll(' ', '\u00a0');
}
