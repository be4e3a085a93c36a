/** Where the keyboard is among the proposals: context keys for Accept and Discard, and the way back into the file. */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import { EDIT_AT_CURSOR, EDIT_HELD, EDIT_PENDING, PROPOSAL_SCHEME } from '../commands/when.ts';
import { showInfo } from '../window/notify.ts';
import { editorOf } from './documents.ts';
import type { Proposal } from './proposal.ts';

/** Keeps the context keys right, whatever the user clicks. */
export class InlineFocus implements vscode.Disposable {
  readonly #proposals: () => readonly Proposal[];
  readonly #subscriptions: vscode.Disposable[];
  readonly #keys = new Map<string, boolean>();
  /** The proposal that was asked for last, while the cursor stays where asking put it. */
  #held: { readonly proposal: Proposal; readonly at: vscode.Position } | undefined;

  constructor(proposals: () => readonly Proposal[]) {
    this.#proposals = proposals;
    this.#subscriptions = [
      vscode.window.onDidChangeActiveTextEditor(() => this.update()),
      vscode.window.onDidChangeTextEditorSelection(() => this.update()),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** Puts the keyboard into the editor of a proposal whose answer is awaited, with the cursor at its lines. */
  async hold(proposal: Proposal): Promise<void> {
    const editor = await this.enter(proposal);
    if (editor === undefined) return;
    const { first, document } = proposal;
    // No selection, so that typing does not replace the lines and their color is visible.
    const at = new vscode.Position(first, document.lineAt(first).firstNonWhitespaceCharacterIndex);
    this.#held = { proposal, at };
    editor.selection = cursor(at);
    this.update();
  }

  /**
   * Puts the keyboard into the editor of a proposal, unless the user is elsewhere by now.
   * @param isAway true if the editor may have to be shown first.
   */
  async enter({ document }: Proposal, isAway = false): Promise<vscode.TextEditor | undefined> {
    const editor = editorOf(document);
    // Showing a cell of a notebook would leave the notebook.
    if (document.isClosed || document.uri.scheme === 'vscode-notebook-cell') return editor;
    if (!isAway && vscode.window.activeTextEditor !== editor) return editor;
    const viewColumn = editor?.viewColumn;
    return vscode.window.showTextDocument(document, viewColumn === undefined ? {} : { viewColumn });
  }

  /**
   * Finds the proposal that keys and the palette mean.
   * @param argument `{ thread: true }` if a thread has the keyboard, which VS Code does not tell which one.
   */
  current(argument: unknown): Proposal | undefined {
    const shown = this.#shownInDiff();
    if (shown !== undefined) return shown;
    const here = this.#here();
    const inThread = typeof argument === 'object' && argument !== null && 'thread' in argument;
    const at = inThread ? undefined : this.#atCursor();
    if (at !== undefined || here.length === 1) return at ?? here[0];
    if (here.length > 1)
      void showInfo(t('Several edits are pending in this file. Use the buttons of one of them.'));
    return undefined;
  }

  /** Sets the context keys. */
  update(): void {
    const editor = vscode.window.activeTextEditor;
    const isThere = editor?.document === this.#held?.proposal.document;
    // Once the user has moved on, Enter is the editor's again.
    if (this.#held !== undefined && isThere && editor?.selection.isEqual(cursor(this.#held.at)) !== true) {
      this.#held = undefined;
    }
    const held = isThere ? this.#held?.proposal : undefined;
    this.#set(EDIT_PENDING, this.#here().length > 0);
    this.#set(EDIT_AT_CURSOR, this.#atCursor() !== undefined);
    this.#set(EDIT_HELD, held?.state.kind === 'ready' && !held.isStale);
  }

  /** The proposals of the active editor, without those that wait for their instruction. */
  #here(): Proposal[] {
    const document = vscode.window.activeTextEditor?.document;
    return this.#proposals().filter((one) => one.document === document && one.state.kind !== 'asking');
  }

  #atCursor(): Proposal | undefined {
    const line = vscode.window.activeTextEditor?.selection.active.line ?? -1;
    return this.#here().findLast(({ first, last }) => first <= line && line <= last);
  }

  #shownInDiff(): Proposal | undefined {
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    if (!(input instanceof vscode.TabInputTextDiff) || input.modified.scheme !== PROPOSAL_SCHEME)
      return undefined;
    return this.#proposals().find(({ id }) => id === input.modified.query);
  }

  #set(key: string, value: boolean): void {
    if (this.#keys.get(key) === value) return;
    this.#keys.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}

function cursor(at: vscode.Position): vscode.Selection {
  return new vscode.Selection(at, at);
}
