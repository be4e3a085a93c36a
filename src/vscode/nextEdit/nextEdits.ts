/**
 * Next edits: after an edit, the one that is likely to follow nearby, from a model that was made for it. Off until the user
 * turns them on. Nothing changes before Tab, and what was rejected is not shown again.
 */
import * as vscode from 'vscode';
import {
  type AskForEdit,
  type Edit,
  type EditHistory,
  type LineRange,
  type NextEditFormat,
  requestNextEdit,
} from '../../assist/index.ts';
import type { Log } from '../../base/log.ts';
import { NEXT_EDIT } from '../commands/when.ts';
import { readableEdits } from '../completion/otherFiles.ts';
import { messageOf } from '../window/errors.ts';
import { NextEditView } from './nextEditView.ts';

/** Milliseconds without a key before the next edit is asked for; ghost text has its turn before. */
const PAUSE_MS = 350;
const MAX_REJECTED = 100;
/** Undone places of the last minutes are avoided, in milliseconds. */
const UNDONE_MS = 120_000;
/** Edits that the model is told. */
const EDITS = 6;

/** The part of completions that next edits need. */
export interface NextEditSource {
  readonly history: EditHistory;
  /** Returns how the loaded model is asked, or undefined if next edits are off or it was not made for them. */
  nextEditModel(): { readonly ask: AskForEdit; readonly format: NextEditFormat } | undefined;
  /** Tells if models work in a document by themselves. */
  works(document: vscode.TextDocument): boolean;
}

interface Shown {
  readonly editor: vscode.TextEditor;
  readonly edit: Edit;
}

/** Next edits of one window. */
export class NextEdits implements vscode.Disposable {
  readonly #source: NextEditSource;
  readonly #log: Log;
  readonly #view = new NextEditView();
  readonly #subscriptions: vscode.Disposable;
  readonly #rejected = new Set<string>();
  #undone: readonly (LineRange & { readonly document: string; readonly at: number })[] = [];
  #shown: Shown | undefined;
  #timer: NodeJS.Timeout | undefined;
  #asking = new AbortController();

  constructor(source: NextEditSource, log: Log) {
    this.#source = source;
    this.#log = log;
    this.#subscriptions = vscode.Disposable.from(
      this.#view,
      vscode.workspace.onDidChangeTextDocument((event) => this.#changed(event)),
      vscode.window.onDidChangeActiveTextEditor(() => this.#hide()),
      vscode.window.onDidChangeTextEditorVisibleRanges(() => this.#render()),
      vscode.window.onDidChangeTextEditorSelection(() => this.#render()),
    );
  }

  /** Moves to the edit that is shown if it cannot be seen, else makes it, in one undo step. */
  async accept(): Promise<void> {
    const shown = this.#shown;
    if (shown === undefined) return;
    const { editor, edit } = shown;
    if (!isVisible(editor, edit)) {
      const line = Math.min(edit.line, editor.document.lineCount - 1);
      const { end } = editor.document.lineAt(line).range;
      editor.selection = new vscode.Selection(end, end);
      editor.revealRange(new vscode.Range(end, end), vscode.TextEditorRevealType.InCenter);
      this.#view.showNear(editor, edit);
      return;
    }
    this.#hide();
    const change = new vscode.WorkspaceEdit();
    const { range, text } = replacement(editor.document, edit);
    change.replace(editor.document.uri, range, text);
    await vscode.workspace.applyEdit(change);
  }

  /** Takes away the edit that is shown, and does not show it again. */
  reject(): void {
    if (this.#shown === undefined) return;
    this.#rejected.add(keyOf(this.#shown.edit));
    const [oldest] = this.#rejected;
    if (this.#rejected.size > MAX_REJECTED && oldest !== undefined) this.#rejected.delete(oldest);
    this.#hide();
  }

  dispose(): void {
    this.#hide();
    this.#subscriptions.dispose();
  }

  #changed({ document, contentChanges, reason }: vscode.TextDocumentChangeEvent): void {
    const editor = vscode.window.activeTextEditor;
    if (contentChanges.length === 0 || editor?.document !== document) return;
    this.#hide();
    if (reason === vscode.TextDocumentChangeReason.Undo) {
      this.#noteUndone(document, contentChanges);
      return;
    }
    if (this.#source.nextEditModel() === undefined || !this.#source.works(document)) return;
    this.#timer = setTimeout(() => void this.#ask(editor), PAUSE_MS);
  }

  #noteUndone(
    document: vscode.TextDocument,
    changes: readonly vscode.TextDocumentContentChangeEvent[],
  ): void {
    const lines = changes.map(({ range: { start }, text }) => ({
      document: document.uri.toString(),
      start: start.line,
      end: start.line + text.split('\n').length,
      at: Date.now(),
    }));
    this.#undone = [...this.#undone, ...lines].filter(({ at }) => Date.now() - at < UNDONE_MS);
  }

  async #ask(editor: vscode.TextEditor): Promise<void> {
    const { document } = editor;
    const model = this.#source.nextEditModel();
    if (model === undefined || document.isClosed) return;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const { version } = document;
    try {
      const found = await requestNextEdit(model.ask, model.format, await this.#placeIn(editor), signal);
      if (found === undefined || signal.aborted || document.version !== version) return;
      const edit = { ...found, document: document.uri.toString() };
      if (!this.#rejected.has(keyOf(edit))) this.#show({ editor, edit });
    } catch (error) {
      this.#log.warn(`Next edits: ${messageOf(error)}`);
    }
  }

  async #placeIn({ document, selection: { active } }: vscode.TextEditor) {
    const key = document.uri.toString();
    const { history } = this.#source;
    const path = (uri: string): string => vscode.workspace.asRelativePath(vscode.Uri.parse(uri), false);
    return {
      path: path(key),
      lines: document.getText().replaceAll('\r\n', '\n').split('\n'),
      cursor: { line: active.line, character: active.character },
      last: history.last(key),
      edits: (await readableEdits(history.all, key))
        .slice(-EDITS)
        .map((edit) => ({ ...edit, path: path(edit.document) })),
      files: [],
      undone: this.#undone.filter((place) => place.document === key && Date.now() - place.at < UNDONE_MS),
    };
  }

  #show(shown: Shown): void {
    this.#shown = shown;
    this.#render();
    void vscode.commands.executeCommand('setContext', NEXT_EDIT, true);
  }

  #render(): void {
    if (this.#shown === undefined) return;
    const { editor, edit } = this.#shown;
    if (isVisible(editor, edit)) this.#view.showNear(editor, edit);
    else this.#view.showFar(editor, edit);
  }

  #hide(): void {
    clearTimeout(this.#timer);
    this.#asking.abort();
    const shown = this.#shown;
    if (shown === undefined) return;
    this.#shown = undefined;
    this.#view.clear(shown.editor);
    void vscode.commands.executeCommand('setContext', NEXT_EDIT, false);
  }
}

function isVisible({ visibleRanges }: vscode.TextEditor, { line, removed }: Edit): boolean {
  const last = line + Math.max(1, removed.length) - 1;
  return visibleRanges.some(({ start, end }) => start.line <= line && last <= end.line);
}

function keyOf({ document, removed, added }: Edit): string {
  return JSON.stringify([document, removed, added]);
}

/** Returns an edit of whole lines as a range and its new text. */
export function replacement(
  document: Pick<vscode.TextDocument, 'lineAt' | 'lineCount'>,
  { line, removed, added }: Edit,
): { readonly range: vscode.Range; readonly text: string } {
  const behind = line + removed.length;
  const text = added.join('\n');
  const isAtEnd = behind >= document.lineCount;
  if (removed.length > 0 && added.length > 0) {
    const { end } = document.lineAt(behind - 1).range;
    return { range: new vscode.Range(line, 0, end.line, end.character), text };
  }
  // Lines that come or go have one line end with them, at the end of the document the one above.
  if (!isAtEnd)
    return { range: new vscode.Range(line, 0, behind, 0), text: text + (added.length > 0 ? '\n' : '') };
  const { end } = document.lineAt(document.lineCount - 1).range;
  if (line === 0) return { range: new vscode.Range(0, 0, end.line, end.character), text };
  const above = document.lineAt(line - 1).range.end;
  const range = new vscode.Range(above.line, above.character, end.line, end.character);
  return { range, text: added.length > 0 ? `\n${text}` : '' };
}
