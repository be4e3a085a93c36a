/**
 * One pending edit of a document. While the answer streams in, its lines are replaced by a merged view of the old and
 * the new ones, and by one of the two at the end.
 *
 * For the user it is one step of the undo history. Changes while the edit is pending are joined into one step, but
 * saving (auto save included) closes a step. So Accept and Discard first undo those changes, which restores the
 * document to the letter, and Accept then makes the final change at once.
 */
import * as vscode from 'vscode';
import { type MergedLine, mergeLines } from '../../assist/index.ts';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { EditDecorations } from './decorations.ts';
import { lineEdit } from './lineEdit.ts';

/** Time between two changes of the document while an answer streams in, in milliseconds. */
const FRAME_MS = 40;

/** Most refused changes in a row; they occur when the user types at the same time. */
const MAX_REFUSALS = 50;

/** During `closing`, Accept or Discard is under way. */
type Phase = 'streaming' | 'pending' | 'closing' | 'ended';

/** The lines `startLine` to `endLine` (zero-based, inclusive) of a document while they are being changed. */
export class EditSession implements vscode.Disposable {
  readonly document: vscode.TextDocument;
  readonly original: readonly string[];
  readonly #decorations: EditDecorations;
  readonly #controller = new AbortController();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[];
  readonly #originalText: string;
  readonly #originalStartLine: number;
  #startLine: number;
  #shown: readonly MergedLine[];
  #target: readonly MergedLine[];
  #painting: Promise<void> | undefined;
  /** True if something changed since the document was last updated. */
  #repaint = false;
  #applying = false;
  /** Changes of the document by this session; each is at most one step of the undo history. */
  #edits = 0;
  /** True if anyone else has changed the document since the start. */
  #foreign = false;
  #refusals = 0;
  #phase: Phase = 'streaming';

  /** Fires when the phase or the position changes. */
  readonly onDidChange = this.#changed.event;

  constructor(
    document: vscode.TextDocument,
    startLine: number,
    endLine: number,
    decorations: EditDecorations,
  ) {
    this.document = document;
    this.#originalText = document.getText();
    this.#originalStartLine = startLine;
    this.#startLine = startLine;
    this.#decorations = decorations;
    this.original = Array.from({ length: endLine - startLine + 1 }, (_, index) => {
      return document.lineAt(startLine + index).text;
    });
    this.#shown = this.original.map((text) => ({ text, kind: 'pending' }));
    this.#target = this.#shown;
    this.#subscriptions = [
      this.#changed,
      vscode.workspace.onDidChangeTextDocument((event) => this.#onChange(event)),
      vscode.workspace.onDidCloseTextDocument((closed) => {
        if (closed === document) this.#end();
      }),
      vscode.window.onDidChangeVisibleTextEditors(() => void this.#paint()),
    ];
    this.#decorate();
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** The zero-based line at which the edit begins now. */
  get startLine(): number {
    return this.#startLine;
  }

  /** Aborted when the edit is discarded, or its lines were changed by anyone else. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Shows the lines that have arrived so far; the last call passes `complete`.
   * @throws ModelError `read-only` if the document cannot be changed.
   */
  async update(generated: readonly string[], complete: boolean): Promise<void> {
    if (this.#phase !== 'streaming') return;
    this.#target = mergeLines(this.original, generated, complete);
    if (complete) this.#phase = 'pending';
    await this.#paint();
    if (this.#refusals > MAX_REFUSALS) throw readOnly();
    if (complete) this.#changed.fire();
  }

  /** Keeps the new lines. */
  async accept(): Promise<void> {
    if (this.#phase === 'pending') await this.#finish(this.#target.filter((line) => line.kind !== 'removed'));
  }

  /** Restores the old lines, and stops the answer if it is still streaming in. */
  async discard(): Promise<void> {
    const open = this.#phase === 'streaming' || this.#phase === 'pending';
    if (open) await this.#finish(this.#target.filter((line) => line.kind !== 'added'));
  }

  dispose(): void {
    this.#end();
  }

  async #finish(lines: readonly MergedLine[]): Promise<void> {
    this.#phase = 'closing';
    this.#controller.abort();
    await this.#painting;
    await this.#show();
    await this.#rewind();
    this.#target = lines.map(({ text }) => ({ text, kind: 'same' }));
    await this.#paint();
    // The user may have switched to another editor meanwhile; half an edit must not stay behind.
    for (let attempt = 0; this.#isOpen && this.#shown !== this.#target && attempt < 3; attempt++) {
      await this.#show();
      await this.#paint();
    }
    // Closes the step in the undo history.
    const editor = this.#editor();
    await editor?.edit(() => {}, { undoStopBefore: false, undoStopAfter: true }).then(undefined, () => {});
    this.#end();
  }

  get #isOpen(): boolean {
    return this.#phase !== 'ended' && !this.document.isClosed;
  }

  /** Makes the document visible and focuses it, because edits and undo work only there. */
  async #show(): Promise<void> {
    if (!this.#isOpen) return;
    const viewColumn = this.#editor()?.viewColumn;
    await vscode.window.showTextDocument(this.document, viewColumn === undefined ? {} : { viewColumn });
  }

  /**
   * Undoes the changes of this session and no others. Does nothing if anyone else changed the document meanwhile.
   */
  async #rewind(): Promise<void> {
    if (this.#foreign || !this.#isOpen) return;
    this.#applying = true;
    try {
      while (this.#edits > 0 && this.document.getText() !== this.#originalText) {
        const { version } = this.document;
        await vscode.commands.executeCommand('undo');
        if (this.document.version === version) break;
        this.#edits--;
      }
    } finally {
      this.#applying = false;
    }
    if (this.document.getText() !== this.#originalText) return;
    this.#edits = 0;
    this.#startLine = this.#originalStartLine;
    this.#shown = this.original.map((text) => ({ text, kind: 'same' }));
  }

  #editor(): vscode.TextEditor | undefined {
    return vscode.window.visibleTextEditors.find((editor) => editor.document === this.document);
  }

  /** Updates the document to the newest target. A document that is not visible cannot be changed. */
  #paint(): Promise<void> {
    this.#repaint = true;
    this.#painting ??= this.#paintUntilDone();
    return this.#painting;
  }

  async #paintUntilDone(): Promise<void> {
    try {
      // All requests of one turn of the event loop are painted together.
      await Promise.resolve();
      while (this.#repaint && this.#phase !== 'ended') {
        this.#repaint = false;
        const target = this.#target;
        if (this.#shown !== target && !(await this.#apply(target))) continue;
        this.#decorate();
        if (this.#shown === this.#target) continue;
        this.#repaint = true;
        await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
      }
    } finally {
      // Reset right after the last check of #repaint, so that no call falls in between.
      this.#painting = undefined;
    }
  }

  async #apply(target: readonly MergedLine[]): Promise<boolean> {
    const editor = this.#editor();
    if (editor === undefined) return false;
    const edit = lineEdit(
      this.#shown.map((line) => line.text),
      target.map((line) => line.text),
      {
        startLine: this.#startLine,
        lineCount: this.document.lineCount,
        lengthOf: (line) => this.document.lineAt(line).text.length,
        eol: this.document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n',
      },
    );
    if (edit !== undefined) {
      const range = new vscode.Range(edit.startLine, edit.startCharacter, edit.endLine, edit.endCharacter);
      const options = { undoStopBefore: this.#edits === 0, undoStopAfter: false };
      if (!(await this.#edit(editor, range, edit.text, options))) return true;
      this.#edits++;
    }
    this.#shown = target;
    return true;
  }

  /** Returns false if the document changed meanwhile or its editor was closed; the next round uses the new state. */
  async #edit(
    editor: vscode.TextEditor,
    range: vscode.Range,
    text: string,
    options: { undoStopBefore: boolean; undoStopAfter: boolean },
  ): Promise<boolean> {
    this.#applying = true;
    const { version } = this.document;
    try {
      const done = await editor.edit((builder) => builder.replace(range, text), options);
      // A read-only document accepts the edit silently and does not change.
      if (done && this.document.version !== version) {
        this.#refusals = 0;
        return true;
      }
    } catch {
      // VS Code throws if the editor is gone.
    } finally {
      this.#applying = false;
    }
    if (++this.#refusals > MAX_REFUSALS) this.#end();
    return false;
  }

  #decorate(): void {
    const editor = this.#editor();
    if (editor !== undefined) this.#decorations.show(editor, this.#startLine, this.#shown);
  }

  #onChange(event: vscode.TextDocumentChangeEvent): void {
    if (event.document !== this.document || this.#phase === 'ended' || this.#applying) return;
    // Saving and changing the language fire this event without content changes.
    if (event.contentChanges.length === 0) return;
    if (event.reason === vscode.TextDocumentChangeReason.Undo && !this.#foreign) {
      // The user undid part of it, up to the last save, and means all of it.
      void this.discard();
      return;
    }
    this.#foreign = true;
    const lastLine = this.#startLine + this.#shown.length - 1;
    let shift = 0;
    for (const { range, text } of event.contentChanges) {
      const { start, end } = range;
      if (end.line < this.#startLine || (end.line === this.#startLine && end.character === 0)) {
        shift += text.split('\n').length - 1 - (end.line - start.line);
      } else if (start.line <= lastLine) {
        // The user changed these lines, so they belong to the user again.
        this.#end();
        return;
      }
    }
    if (shift === 0) return;
    this.#startLine += shift;
    this.#changed.fire();
  }

  #end(): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#controller.abort();
    const editor = this.#editor();
    if (editor !== undefined) this.#decorations.clear(editor);
    this.#changed.fire();
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }
}

function readOnly(): ModelError {
  return new ModelError('read-only', t('The file cannot be changed. Is it read-only?'));
}
