/**
 * One proposal to change lines of a document. It knows the lines, where they are now, and what a model wants in their
 * place; the document stays as it is until {@link Proposal.accept}.
 */
import * as vscode from 'vscode';
import type { EditResult, EditTurn } from '../../assist/index.ts';
import { ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { linesOf } from './documents.ts';
import { type EditBlock, editBlocks, withBlocks } from './editBlocks.ts';
import { lineEdit } from './lineEdit.ts';
import { TrackedLines } from './trackedLines.ts';

/** The stages of a proposal. */
export type ProposalState =
  /** The instruction is being typed. */
  | { readonly kind: 'asking' }
  /** The model is loaded and answers; `lines` are those that are sure. */
  | { readonly kind: 'working'; readonly lines: readonly string[] }
  | { readonly kind: 'ready'; readonly lines: readonly string[]; readonly notes: readonly Localized[] }
  | { readonly kind: 'failed'; readonly message: Localized }
  | { readonly kind: 'ended' };

/** A proposal as others may see it. */
export interface PendingEdit {
  readonly id: string;
  /** The document's URI as text. */
  readonly uri: string;
  readonly state: 'asking' | 'working' | 'ready' | 'stale' | 'failed';
  /** The zero-based number of the first line that it would replace. */
  readonly first: number;
  readonly lines: readonly string[];
  /** The reason, if it failed. */
  readonly message: Localized | undefined;
}

/** `lines`: only the lines that are sure by now; `all`: the state, the place or the staleness. */
export type ProposalChange = 'lines' | 'all';

/** Some lines of a document, the instructions about them and the answer. */
export class Proposal implements vscode.Disposable {
  readonly id: string;
  readonly document: vscode.TextDocument;
  /** The name of the model that answers. */
  model: string;
  readonly #changed = new vscode.EventEmitter<ProposalChange>();
  readonly #subscriptions: vscode.Disposable[];
  #original: readonly string[];
  #lines: TrackedLines;
  /** The lines before some blocks were accepted and after it, which undo and redo bring back. */
  #stages: readonly (readonly string[])[] = [];
  #earlier: readonly EditTurn[] = [];
  #instruction = '';
  #state: ProposalState = { kind: 'asking' };
  #isStale = false;
  /** Number of lines that are shown while the model writes. */
  #shown = 0;
  #isApplying = false;
  #controller = new AbortController();
  /** The proposal that a follow-up is about. */
  #previous: ProposalState | undefined;

  /** Fires at every change; `lines` come often while a model writes. */
  readonly onDidChange = this.#changed.event;

  /** @param first the zero-based number of the first line. @param last that of the last one. */
  constructor(id: string, document: vscode.TextDocument, first: number, last: number, model: string) {
    this.id = id;
    this.document = document;
    this.model = model;
    this.#original = linesOf(document, first, last + 1);
    this.#lines = new TrackedLines(this.#original, first);
    this.#subscriptions = [
      this.#changed,
      vscode.workspace.onDidChangeTextDocument((event) => this.#follow(event)),
      // A change of the language closes the document and opens it again.
      vscode.workspace.onDidCloseTextDocument((closed) => {
        if (closed === document && document.isClosed) this.dispose();
      }),
    ];
  }

  get state(): ProposalState {
    return this.#state;
  }

  /** The lines that are to be replaced. */
  get original(): readonly string[] {
    return this.#original;
  }

  /** The zero-based number of the first line, as the document is now. */
  get first(): number {
    return this.#lines.first;
  }

  /** The zero-based number of the last line, as the document is now. */
  get last(): number {
    return Math.min(this.#lines.last, this.document.lineCount - 1);
  }

  /** The changes of a complete answer, each of which can be accepted or rejected alone. */
  get blocks(): readonly EditBlock[] {
    return this.#state.kind === 'ready' ? editBlocks(this.#original, this.#state.lines) : [];
  }

  /** The instruction that is answered. */
  get instruction(): string {
    return this.#instruction;
  }

  /** Instructions before it, with their answers. */
  get earlier(): readonly EditTurn[] {
    return this.#earlier;
  }

  /** True if the lines are not the ones any more that the proposal is about. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** Begins to work on an instruction, about the last answer if there is one. @returns what ends the work. */
  begin(instruction: string): AbortSignal {
    const { state } = this;
    this.#previous = undefined;
    if (state.kind === 'ready' && !this.#isStale) {
      this.#previous = state;
      this.#earlier = [...this.#earlier, { instruction: this.#instruction, lines: state.lines }];
    }
    this.#instruction = instruction;
    return this.#restart();
  }

  /** Begins to work on the same instruction again, with the lines as they are now. */
  retry(): AbortSignal {
    if (this.#isStale) {
      // The answers were about other lines, the instructions are not.
      this.#instruction = [...this.#earlier.map(({ instruction }) => instruction), this.#instruction].join(
        '\n',
      );
      this.#earlier = [];
    }
    return this.#restart();
  }

  /** Shows the lines that are sure by now. */
  show(lines: readonly string[]): void {
    if (this.#state.kind !== 'working' || lines.length === this.#shown) return;
    this.#shown = lines.length;
    this.#state = { kind: 'working', lines };
    this.#changed.fire('lines');
  }

  /** Ends the work with what an answer says. */
  finish(edit: EditResult): void {
    if (this.#state.kind !== 'working') return;
    if (edit.kind === 'lines') this.#set({ kind: 'ready', lines: edit.lines, notes: edit.notes });
    else if (edit.kind === 'refused') this.#set({ kind: 'failed', message: edit.reason });
    else this.#set({ kind: 'failed', message: t('The model sees nothing to change here.') });
  }

  /** Ends the work, and says why. */
  fail(message: Localized): void {
    if (this.#state.kind !== 'working') return;
    this.#set({ kind: 'failed', message });
    this.#controller.abort();
  }

  /** Ends the work. The proposal that a follow-up is about comes back. */
  stop(): void {
    if (this.#state.kind !== 'working') return;
    const last = this.#earlier.at(-1);
    if (this.#previous === undefined || last === undefined) {
      this.fail(t('Stopped.'));
      return;
    }
    this.#earlier = this.#earlier.slice(0, -1);
    this.#instruction = last.instruction;
    this.#controller.abort();
    this.#set(this.#previous);
  }

  /** Leaves all other blocks out of the proposal, which ends if none is kept. The document stays as it is. */
  keep(kept: readonly EditBlock[]): void {
    const { state } = this;
    if (state.kind !== 'ready' || this.#isApplying) return;
    if (kept.length === 0) this.dispose();
    else this.#set({ ...state, lines: withBlocks(this.#original, state.lines, kept) });
  }

  /**
   * Replaces the lines in one step of the undo history. The document is not saved.
   * @param chosen the blocks to apply; the others stay proposed. Defaults to all.
   * @returns false if there is no proposal, or its lines were changed.
   * @throws ModelError `read-only` if the document cannot be changed.
   */
  async accept(chosen: readonly EditBlock[] = this.blocks): Promise<boolean> {
    const { state, document, first } = this;
    if (state.kind !== 'ready' || this.#isApplying || document.isClosed) return false;
    this.#check();
    if (this.#isStale) return false;
    const isWhole = chosen.length === this.blocks.length;
    const lines = isWhole ? state.lines : withBlocks(this.#original, state.lines, chosen);
    this.#isApplying = true;
    try {
      await this.#replace(lines);
    } catch (error) {
      this.#check();
      throw error;
    } finally {
      this.#isApplying = false;
    }
    if (isWhole) this.dispose();
    else this.#goOnFrom(lines, first);
    return true;
  }

  /** True if some blocks were accepted. */
  get isTaken(): boolean {
    return this.#stages.length > 0;
  }

  /** Ends the proposal. The document stays as it is. */
  dispose(): void {
    if (this.#state.kind === 'ended') return;
    this.#controller.abort();
    this.#set({ kind: 'ended' });
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** The text of the document, with the proposed lines in the place of the old ones. */
  proposedText(): string {
    const lines = this.#state.kind === 'ready' || this.#state.kind === 'working' ? this.#state.lines : [];
    const all = linesOf(this.document, 0, this.document.lineCount);
    if (this.#isStale) return all.join('\n');
    return [...all.slice(0, this.first), ...lines, ...all.slice(this.last + 1)].join('\n');
  }

  /** Goes on with what is left of the proposal, once some of it is in the document. */
  #goOnFrom(lines: readonly string[], first: number): void {
    this.#stages = [...this.#stages, this.#original, lines];
    this.#follows(lines, first);
    this.#check();
    this.#changed.fire('all');
  }

  #follows(lines: readonly string[], first: number): void {
    this.#original = lines;
    this.#lines = new TrackedLines(lines, first);
  }

  async #replace(lines: readonly string[]): Promise<void> {
    const { document } = this;
    const edit = lineEdit(this.#original, lines, {
      startLine: this.first,
      lineCount: document.lineCount,
      lengthOf: (line) => document.lineAt(line).text.length,
      eol: document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n',
    });
    if (edit === undefined) return;
    const range = new vscode.Range(edit.startLine, edit.startCharacter, edit.endLine, edit.endCharacter);
    const change = new vscode.WorkspaceEdit();
    change.replace(document.uri, range, edit.text);
    const { version } = document;
    // VS Code refuses it if the document has changed since. A read-only one may accept it and not change.
    if (!(await vscode.workspace.applyEdit(change)) || document.version === version)
      throw refusal(version, document);
  }

  #restart(): AbortSignal {
    this.#controller.abort();
    this.#controller = new AbortController();
    if (this.#isStale) {
      this.#follows(linesOf(this.document, this.first, this.last + 1), this.first);
      this.#isStale = false;
    }
    this.#stages = [];
    this.#set({ kind: 'working', lines: [] });
    return this.#controller.signal;
  }

  #follow(event: vscode.TextDocumentChangeEvent): void {
    // Saving and changing the language fire this event without content changes.
    if (event.document !== this.document || event.contentChanges.length === 0) return;
    if (this.#state.kind === 'ended') return;
    const [before, lines] = [this.first, this.#original];
    this.#lines.apply(event.contentChanges, this.#lineAt);
    const wasStale = this.#isStale;
    if (this.#isApplying) return;
    // The first lines of a block that comes back would only move the others.
    if (event.reason !== undefined) this.#findStage(before);
    this.#check();
    if (this.#isStale && this.#state.kind === 'working') {
      this.fail(t('The lines were changed while the model was writing.'));
    } else if (this.#isStale !== wasStale || this.first !== before || this.#original !== lines) {
      this.#changed.fire('all');
    }
  }

  #check(): void {
    if (!this.#lines.isUnchanged(this.#lineAt)) this.#findStage(this.first);
    this.#isStale = !this.#lines.isUnchanged(this.#lineAt);
  }

  /** Finds the lines that undoing or redoing an accepted block has brought back. */
  #findStage(first: number): void {
    const found = this.#stages.find((lines) => new TrackedLines(lines, first).isUnchanged(this.#lineAt));
    if (found !== undefined) this.#follows(found, first);
  }

  readonly #lineAt = (line: number): string | undefined =>
    line < this.document.lineCount ? this.document.lineAt(line).text : undefined;

  #set(state: ProposalState): void {
    this.#state = state;
    this.#shown = 0;
    this.#changed.fire('all');
  }
}

function refusal(version: number, document: vscode.TextDocument): ModelError {
  return document.version === version
    ? new ModelError('read-only', t('The file cannot be changed. Is it read-only?'))
    : new ModelError('engine-error', t('The file was changed at the same moment. Accept the edit again.'));
}

/** Describes a proposal. Returns undefined for one that has ended. */
export function pendingEdit({ id, document, state, isStale, first }: Proposal): PendingEdit | undefined {
  if (state.kind === 'ended') return undefined;
  return {
    id,
    uri: document.uri.toString(),
    state: state.kind === 'ready' && isStale ? 'stale' : state.kind,
    first,
    lines: state.kind === 'ready' || state.kind === 'working' ? state.lines : [],
    message: state.kind === 'failed' ? state.message : undefined,
  };
}
