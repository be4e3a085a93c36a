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
import type { CommandId } from '../commands/ids.generated.ts';
import { NEXT_EDIT, NEXT_EDIT_GHOST } from '../commands/when.ts';
import { readableEdits } from '../completion/otherFiles.ts';
import { messageOf } from '../window/errors.ts';
import { firstOld, isTaken, type LineGhost, lineGhost } from './lineGhost.ts';
import { NextEditView } from './nextEditView.ts';

/** Milliseconds without a key before the next edit is asked for; ghost text has its turn before. */
const PAUSE_MS = 350;
const MAX_REJECTED = 100;
/** Undone places of the last minutes are avoided, in milliseconds. */
const UNDONE_MS = 120_000;
/** Edits that the model is told. */
const EDITS = 6;
/** Times that old lines are taken away while keys come in between. */
const ATTEMPTS = 5;
/** Commands of VS Code. */
const SHOW_GHOST = 'editor.action.inlineSuggest.trigger';
const HIDE_GHOST = 'editor.action.inlineSuggest.hide';

/** Returns other ghost text at a place, or undefined. */
export type GhostText = (
  document: vscode.TextDocument,
  position: vscode.Position,
) => vscode.InlineCompletionItem | undefined;

/** The part of completions that next edits need. */
export interface NextEditSource {
  readonly history: EditHistory;
  /** Returns how the loaded model is asked, or undefined if next edits are off or it was not made for them. */
  nextEditModel(): { readonly ask: AskForEdit; readonly format: NextEditFormat } | undefined;
  /** Tells if models work in a document by themselves. */
  works(document: vscode.TextDocument): boolean;
  /** Calls `listener` when another model may be loaded. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void;
  /** Shows other ghost text in place of completions. */
  showInstead(other: GhostText): void;
}

interface Shown {
  readonly editor: vscode.TextEditor;
  readonly edit: Edit;
  /** Ghost text that shows the edit; undefined if decorations do. */
  readonly ghost: LineGhost | undefined;
  /** True once the user went there. */
  readonly isReached: boolean;
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
  /** The one whose ghost text was given to the editor last. */
  #given: Shown | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The editor of an edit that no model was loaded for yet. */
  #waiting: vscode.TextEditor | undefined;
  #asking = new AbortController();

  constructor(source: NextEditSource, log: Log) {
    this.#source = source;
    this.#log = log;
    source.showInstead((...place) => this.#ghostAt(...place));
    this.#subscriptions = vscode.Disposable.from(
      this.#view,
      new vscode.Disposable(source.onDidChange(() => this.#follow())),
      vscode.workspace.onDidChangeTextDocument((event) => this.#changed(event)),
      vscode.window.onDidChangeActiveTextEditor(() => this.#hide()),
      vscode.window.onDidChangeTextEditorVisibleRanges(() => this.#render()),
      vscode.window.onDidChangeTextEditorSelection(() => this.#moved()),
    );
  }

  /** Moves to the edit that is shown if it is elsewhere, else makes it, in one undo step. */
  async accept(): Promise<void> {
    const shown = this.#shown;
    if (shown === undefined) return;
    const { editor, edit, ghost } = shown;
    if (!isInSight(shown)) {
      this.#goTo(shown);
      return;
    }
    // The key comes here if there is no ghost text, so the user hid it. What it is going to do has to be seen.
    if (ghost !== undefined) {
      this.#show({ ...shown, ghost: undefined });
      return;
    }
    this.#hide();
    const change = new vscode.WorkspaceEdit();
    const { range, text } = replacement(editor.document, edit);
    change.replace(editor.document.uri, range, text);
    if (!(await vscode.workspace.applyEdit(change)))
      this.#log.warn('Next edits: the editor did not make the edit.');
  }

  /** Takes away the lines that ghost text replaced when the user took it; they are part of the same undo step. */
  async finish(): Promise<void> {
    const given = this.#given;
    this.#given = undefined;
    if (given?.ghost === undefined) return;
    const { editor, ghost } = given;
    const isHere = (): boolean => isTaken((line) => lineIn(editor.document, line), ghost);
    const range = new vscode.Range(firstOld(ghost), 0, ghost.anchor + 1, 0);
    // A key that comes at the same moment is another change of the document, and this one is made behind it.
    for (let attempt = 0; attempt < ATTEMPTS && isHere(); attempt++) {
      const isDone = await editor.edit((change) => change.delete(range), {
        undoStopBefore: false,
        undoStopAfter: true,
      });
      if (isDone) return;
    }
    this.#log.warn('Next edits: the lines that were to be replaced changed at the same time, and stayed.');
  }

  /** Takes away the edit that is shown, and does not show it again. */
  reject(): void {
    if (this.#shown === undefined) return;
    this.#rejected.add(keyOf(this.#shown.edit));
    const [oldest] = this.#rejected;
    if (this.#rejected.size > MAX_REJECTED && oldest !== undefined) this.#rejected.delete(oldest);
    if (this.#shown.isReached) void vscode.commands.executeCommand(HIDE_GHOST);
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
    if (!this.#source.works(document)) return;
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

  /** Follows the state of completions: another model, or a pause. */
  #follow(): void {
    if (this.#shown !== undefined && !this.#source.works(this.#shown.editor.document)) this.#hide();
    const editor = this.#waiting;
    if (editor === undefined || this.#source.nextEditModel() === undefined) return;
    this.#waiting = undefined;
    void this.#ask(editor);
  }

  async #ask(editor: vscode.TextEditor): Promise<void> {
    const { document } = editor;
    const model = this.#source.nextEditModel();
    if (document.isClosed || !this.#source.works(document)) return;
    if (model === undefined) {
      this.#waiting = editor;
      return;
    }
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const { version } = document;
    try {
      const place = await this.#placeIn(editor);
      // Nothing follows from a text that is as it was.
      if (place.last === undefined || signal.aborted) return;
      const found = await requestNextEdit(model.ask, model.format, place, signal);
      if (found === undefined || signal.aborted || document.version !== version) return;
      const edit = { ...found, document: document.uri.toString() };
      if (this.#rejected.has(keyOf(edit))) return;
      const ghost = showsGhostText(document) ? lineGhost((line) => lineIn(document, line), edit) : undefined;
      this.#show({ editor, edit, ghost, isReached: false });
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
    void vscode.commands.executeCommand('setContext', NEXT_EDIT_GHOST, isGhost(shown));
  }

  /** Moves the cursor to an edit, and has its ghost text shown. */
  #goTo(shown: Shown): void {
    const { editor, edit, ghost } = shown;
    const { document } = editor;
    const line = ghost?.anchor ?? Math.min(edit.line, document.lineCount - 1);
    const { end } = document.lineAt(line).range;
    const first = Math.min(edit.line, line);
    const below = Math.min(document.lineCount - 1, line + (ghost === undefined ? 0 : edit.added.length));
    editor.selection = new vscode.Selection(end, end);
    editor.revealRange(
      new vscode.Range(first, 0, below, 0),
      vscode.TextEditorRevealType.InCenterIfOutsideViewport,
    );
    this.#show({ ...shown, isReached: true });
    if (ghost === undefined) return;
    // The editor does not ask again while it shows something.
    void vscode.commands.executeCommand(HIDE_GHOST);
    void vscode.commands.executeCommand(SHOW_GHOST);
  }

  #ghostAt(
    document: vscode.TextDocument,
    { line }: vscode.Position,
  ): vscode.InlineCompletionItem | undefined {
    const shown = this.#shown;
    if (shown?.ghost === undefined || !shown.isReached) return undefined;
    const { anchor, text, old } = shown.ghost;
    if (shown.editor.document !== document || line !== anchor) return undefined;
    this.#given = shown;
    const command = { title: '', command: 'ociModels.nextEdit.finish' satisfies CommandId };
    return new vscode.InlineCompletionItem(
      text,
      document.lineAt(anchor).range,
      old.length === 0 ? undefined : command,
    );
  }

  #moved(): void {
    const shown = this.#shown;
    if (shown !== undefined && isGhost(shown) && !isAtAnchor(shown)) {
      void vscode.commands.executeCommand(HIDE_GHOST);
      this.#show({ ...shown, isReached: false });
    } else this.#render();
  }

  #render(): void {
    if (this.#shown === undefined) return;
    const { editor, edit, ghost } = this.#shown;
    if (!isInSight(this.#shown)) this.#view.showFar(editor, edit);
    else if (ghost === undefined) this.#view.showNear(editor, edit);
    else this.#view.showGone(editor, firstOld(ghost), ghost.anchor);
  }

  #hide(): void {
    clearTimeout(this.#timer);
    this.#waiting = undefined;
    this.#asking.abort();
    const shown = this.#shown;
    if (shown === undefined) return;
    this.#shown = undefined;
    this.#view.clear(shown.editor);
    void vscode.commands.executeCommand('setContext', NEXT_EDIT, false);
    void vscode.commands.executeCommand('setContext', NEXT_EDIT_GHOST, false);
  }
}

/** Tells if the user sees what an edit changes. */
function isInSight({ editor, edit: { line, removed }, ghost, isReached }: Shown): boolean {
  if (ghost !== undefined) return isReached;
  const { document, visibleRanges, selection } = editor;
  const first = Math.min(line, document.lineCount - 1);
  const last = first + Math.max(1, removed.length) - 1;
  // Not all of a large edit fits into a small editor, but the user went there.
  const isThere = selection.active.line >= first && selection.active.line <= last;
  return visibleRanges.some(
    ({ start, end }) => start.line <= first && first <= end.line && (isThere || last <= end.line),
  );
}

function isGhost({ ghost, isReached }: Shown): boolean {
  return ghost !== undefined && isReached;
}

/** Tells if the editor can show ghost text at its place: with several cursors it would come at all of them. */
function isAtAnchor({ editor: { selection, selections }, ghost }: Shown): boolean {
  return selections.length === 1 && selection.isEmpty && selection.active.line === ghost?.anchor;
}

/** Tells if the user did not turn all ghost text off. */
function showsGhostText(document: vscode.TextDocument): boolean {
  return vscode.workspace.getConfiguration('editor', document).get('inlineSuggest.enabled', true);
}

function lineIn(document: vscode.TextDocument, line: number): string | undefined {
  return line < document.lineCount ? document.lineAt(line).text : undefined;
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
