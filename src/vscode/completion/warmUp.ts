/** Warms up the model of completions when the user opens a file: the first completion there is the slowest otherwise. */
import * as vscode from 'vscode';
import { isCompletable } from './completionPlace.ts';

/** Milliseconds that an editor must stay; whoever walks through files edits none of them. */
const STAYS_MS = 400;

/** Reads a place ahead. */
type Warm = (editor: vscode.TextEditor, signal: AbortSignal) => Promise<void>;

/** Follows the active editor. */
export class WarmUp implements vscode.Disposable {
  readonly #warm: Warm;
  readonly #subscription: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;
  #running = new AbortController();

  constructor(warm: Warm) {
    this.#warm = warm;
    this.#subscription = vscode.window.onDidChangeActiveTextEditor((editor) => this.#opened(editor));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#stop();
  }

  #opened(editor: vscode.TextEditor | undefined): void {
    this.#stop();
    if (editor === undefined || !isCompletable(editor.document)) return;
    this.#running = new AbortController();
    const { signal } = this.#running;
    this.#timer = setTimeout(() => void this.#warm(editor, signal), STAYS_MS);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#running.abort();
  }
}
