/**
 * One pending edit of a document: its lines are replaced by a merged view of the old and the new ones while the
 * answer streams in, and by one of the two at the end. All of it is one step of the undo history.
 */
import * as vscode from 'vscode';
import { type MergedLine, mergeLines } from '../../assist/index.ts';
import type { EditDecorations } from './decorations.ts';
import { lineEdit } from './lineEdit.ts';

/** Milliseconds between two changes of the document while an answer streams in. */
const FRAME_MS = 40;

type Phase = 'streaming' | 'pending' | 'ended';

/** The lines `startLine` to `endLine` (zero-based, inclusive) of a document while they are being changed. */
export class EditSession implements vscode.Disposable {
  readonly document: vscode.TextDocument;
  readonly original: readonly string[];
  readonly #decorations: EditDecorations;
  readonly #controller = new AbortController();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[];
  #startLine: number;
  #shown: readonly MergedLine[];
  #target: readonly MergedLine[];
  #painting: Promise<void> | undefined;
  #applying = false;
  #edited = false;
  #phase: Phase = 'streaming';

  /** Fires when the phase or the place changes. */
  readonly onDidChange = this.#changed.event;

  constructor(
    document: vscode.TextDocument,
    startLine: number,
    endLine: number,
    decorations: EditDecorations,
  ) {
    this.document = document;
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

  /** Zero-based line where the edit stands now. */
  get startLine(): number {
    return this.#startLine;
  }

  /** Aborted when the edit is discarded or its lines were changed by somebody else. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Shows the lines that are known so far; the last call is made with `complete`. */
  async update(generated: readonly string[], complete: boolean): Promise<void> {
    if (this.#phase !== 'streaming') return;
    this.#target = mergeLines(this.original, generated, complete);
    if (complete) this.#phase = 'pending';
    await this.#paint();
    if (complete) this.#changed.fire();
  }

  /** Keeps the new lines. */
  async accept(): Promise<void> {
    if (this.#phase === 'pending') await this.#finish(this.#target.filter((line) => line.kind !== 'removed'));
  }

  /** Restores the old lines; stops the answer where it still streams in. */
  async discard(): Promise<void> {
    if (this.#phase !== 'ended') await this.#finish(this.#target.filter((line) => line.kind !== 'added'));
  }

  dispose(): void {
    this.#end();
  }

  async #finish(lines: readonly MergedLine[]): Promise<void> {
    this.#phase = 'pending';
    this.#controller.abort();
    this.#target = lines.map(({ text }) => ({ text, kind: 'same' }));
    await this.#paint();
    const editor = this.#editor();
    // Closes the step of the undo history.
    await editor?.edit(() => {}, { undoStopBefore: false, undoStopAfter: true });
    this.#end();
  }

  #editor(): vscode.TextEditor | undefined {
    return vscode.window.visibleTextEditors.find((editor) => editor.document === this.document);
  }

  /** Brings the document to the newest target. While the document is not visible, nothing can be changed. */
  #paint(): Promise<void> {
    this.#painting ??= this.#paintUntilDone().finally(() => {
      this.#painting = undefined;
    });
    return this.#painting;
  }

  async #paintUntilDone(): Promise<void> {
    while (this.#phase !== 'ended') {
      const target = this.#target;
      if (this.#shown !== target && !(await this.#apply(target))) return;
      this.#decorate();
      if (this.#shown === this.#target) return;
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
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
      this.#applying = true;
      try {
        const options = { undoStopBefore: !this.#edited, undoStopAfter: false };
        // False where the document changed in between: then the next round has the new place.
        if (!(await editor.edit((builder) => builder.replace(range, edit.text), options))) return true;
      } finally {
        this.#applying = false;
      }
      this.#edited = true;
    }
    this.#shown = target;
    return true;
  }

  #decorate(): void {
    const editor = this.#editor();
    if (editor !== undefined) this.#decorations.show(editor, this.#startLine, this.#shown);
  }

  #onChange(event: vscode.TextDocumentChangeEvent): void {
    if (event.document !== this.document || this.#phase === 'ended') return;
    const lastLine = this.#startLine + this.#shown.length - 1;
    let shift = 0;
    for (const change of event.contentChanges) {
      const { start, end } = change.range;
      const before = end.line < this.#startLine || (end.line === this.#startLine && end.character === 0);
      if (before && !(this.#applying && start.line >= this.#startLine)) {
        shift += change.text.split('\n').length - 1 - (end.line - start.line);
      } else if (start.line <= lastLine && !this.#applying) {
        // Undo, or the user's own change of these lines: the text is the user's again.
        this.#controller.abort();
        this.#end();
        return;
      }
    }
    if (shift !== 0) {
      this.#startLine += shift;
      this.#changed.fire();
    }
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
