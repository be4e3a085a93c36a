/** Inline chat that needs no sign-in and no built-in chat: an instruction changes lines of the editor. */
import * as vscode from 'vscode';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import type { Session } from '../../session/index.ts';
import { COMMENT_CONTROLLER } from '../commands/when.ts';
import { explain, showError } from '../window/errors.ts';
import { pickOne, showInfo, withProgress } from '../window/notify.ts';
import { type Memory, type RecentTexts, recentInstructions } from '../window/recentTexts.ts';
import { chooseBlock, chooseBlocks } from './blockChoice.ts';
import { RemovedLines } from './decorations.ts';
import { isPreviewed, makeRoomBelow, pathOf, requireWritable, selectedLines, Tabs } from './documents.ts';
import { type EditBlock, isSameBlock } from './editBlocks.ts';
import { EditCheck } from './editCheck.ts';
import { readAnswer, requestProposal } from './editRequest.ts';
import { InlineFocus } from './inlineFocus.ts';
import { areCommentsShown, askInstruction, bodyOf, hasBoxAtLines, instructionOf } from './instructions.ts';
import { type PendingEdit, Proposal, pendingEdit } from './proposal.ts';
import { ProposalDiffs } from './proposalDiff.ts';
import { ProposalNews } from './proposalNews.ts';
import { isLong, ProposalThread } from './proposalThread.ts';

/** An answer about lines of a document that was asked for elsewhere. */
export interface ProposedAnswer {
  readonly document: vscode.TextDocument;
  /** Zero-based, both included. */
  readonly first: number;
  readonly last: number;
  /** Asked again on Retry. */
  readonly instruction: string;
  readonly answer: string;
  /** The name of the model that answered. */
  readonly model: string;
}

/** First and last line, zero-based. */
type LinePair = readonly [first: number, last: number];

/** The pending edits of this window, any number of them in any document. */
export class InlineChat implements vscode.Disposable {
  readonly #models: Session;
  readonly #log: Log;
  readonly #history: RecentTexts;
  readonly #tabs = new Tabs();
  readonly #proposals = new Map<string, Proposal>();
  readonly #threads = new Map<string, ProposalThread>();
  readonly #controller = vscode.comments.createCommentController(
    COMMENT_CONTROLLER,
    t('Edit with Local Model'),
  );
  readonly #removed = new RemovedLines();
  readonly #diffs = new ProposalDiffs((id) => this.#proposals.get(id));
  readonly #focus = new InlineFocus(() => [...this.#proposals.values()]);
  readonly #news = new ProposalNews('ociModels.inlineChat', t('Edit with Local Model'));
  readonly #subscriptions: vscode.Disposable[];
  #count = 0;

  constructor(models: Session, memory: Memory, log: Log) {
    this.#models = models;
    this.#log = log;
    this.#history = recentInstructions(memory);
    this.#subscriptions = [
      this.#controller,
      this.#removed,
      this.#diffs,
      this.#focus,
      this.#news,
      vscode.window.onDidChangeVisibleTextEditors(() => this.#removed.show([...this.#proposals.values()])),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#refreshDiffs(document)),
      vscode.window.tabGroups.onDidChangeTabs(() => {
        this.#endClosed();
        const inDiff = this.#focus.shownInDiff()?.id;
        for (const [id, thread] of this.#threads) thread.fold(id === inDiff);
      }),
    ];
  }

  dispose(): void {
    for (const proposal of this.#proposals.values()) proposal.dispose();
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** The edits that wait for their instruction, for the model or for the user. */
  pending(): PendingEdit[] {
    return [...this.#proposals.values()].map(pendingEdit).filter((edit) => edit !== undefined);
  }

  /**
   * Begins an edit of the selected lines, or the cursor's line, of the active editor.
   * @param given the instruction. Defaults to asking for it at the lines.
   * @param isReadOnly true if VS Code has told that the editor is read-only. Defaults to asking its file system.
   * @returns the id of the proposal, once it is complete or its box is open; undefined if none was begun.
   * @throws ModelError if no model can be used, or the document cannot be changed.
   */
  async start(given?: string, isReadOnly = false): Promise<string | undefined> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) {
      void showInfo(t('Open a file and select the lines to change.'));
      return undefined;
    }
    await requireWritable(editor.document, isReadOnly);
    const model = await this.#models.chosen('edit');
    const hasBox = hasBoxAtLines(editor.document);
    const instruction = given ?? (hasBox ? undefined : await askInstruction());
    if (instruction?.trim() === '' || (instruction === undefined && !hasBox)) return undefined;
    for (const one of this.#proposals.values()) if (one.state.kind === 'asking') one.dispose();
    // The next file would take the place of one that is only previewed, and end its edits.
    if (isPreviewed(editor.document)) await vscode.commands.executeCommand('workbench.action.keepEditor');
    const proposal = this.#open(editor, model.label);
    if (instruction === undefined) this.#threads.get(proposal.id)?.ask();
    else await this.#ask(proposal, instruction.trim());
    return proposal.id;
  }

  /**
   * Proposes what an answer says about lines, as if they had been asked for here. A refused answer says why at the lines.
   * @returns the id of the proposal.
   * @throws ModelError `read-only` if the document cannot be changed.
   */
  async propose({ document, first, last, instruction, answer, model }: ProposedAnswer): Promise<string> {
    await requireWritable(document);
    const editor = await vscode.window.showTextDocument(document, { preview: false });
    editor.selection = new vscode.Selection(first, 0, last, document.lineAt(last).text.length);
    const proposal = this.#open(editor, model);
    proposal.begin(instruction);
    proposal.finish(await readAnswer(proposal, answer));
    await this.#focus.hold(proposal);
    await this.#present(proposal);
    return proposal.id;
  }

  /**
   * Takes what was typed into a box.
   * @param argument the comment with the text. Defaults to the box with the keyboard.
   */
  async submit(argument: unknown): Promise<void> {
    if (argument === undefined) {
      await vscode.commands.executeCommand('editor.action.submitComment');
      return;
    }
    const proposal = this.#find(argument);
    const thread = proposal && this.#threads.get(proposal.id);
    if (proposal === undefined || thread === undefined) return;
    const text = bodyOf(argument).trim();
    // VS Code closes the box at every submission.
    if (text === '') thread.ask();
    else await this.#ask(proposal, text);
  }

  /** Closes a box. An edit that has no instruction yet ends. */
  async cancel(argument: unknown): Promise<void> {
    const found = argument === undefined ? this.#asking() : [this.#find(argument)];
    for (const proposal of found) {
      if (proposal?.state.kind === 'asking') proposal.dispose();
      else if (proposal !== undefined) this.#threads.get(proposal.id)?.closeInput();
      if (proposal !== undefined) await this.#focus.enter(proposal);
    }
  }

  /** The proposals with an open box. */
  #asking(): Proposal[] {
    return [...this.#proposals.values()].filter(({ id }) => this.#threads.get(id)?.isAsking === true);
  }

  /** Offers earlier instructions for the open box. @param argument its thread. Defaults to the box with the keyboard. */
  async chooseInstruction(argument: unknown): Promise<void> {
    const proposal = argument === undefined ? this.#asking()[0] : this.#find(argument);
    const thread = proposal && this.#threads.get(proposal.id);
    if (thread === undefined) return;
    const choices = this.#history.all.map((label) => ({ label, instruction: label }));
    const picked = await pickOne(choices, { title: t('Earlier Instructions') });
    thread.ask(picked?.instruction);
  }

  /** Replaces the old lines. @param argument see {@link InlineChat.#find}. */
  async accept(argument: unknown): Promise<void> {
    const proposal = this.#find(argument);
    if (proposal !== undefined) await this.#accept(proposal);
  }

  /** Replaces the old lines of one block; the other blocks stay proposed. */
  async acceptBlock(argument: unknown): Promise<void> {
    const proposal = this.#find(argument);
    if (proposal === undefined) return;
    const block = await chooseBlock(proposal, t('Accept Which Block?'));
    if (block !== undefined) await this.#accept(proposal, block);
  }

  /** Leaves one block out of the proposal. */
  async rejectBlock(argument: unknown): Promise<void> {
    const proposal = this.#find(argument);
    if (proposal === undefined) return;
    const block = await chooseBlock(proposal, t('Reject Which Block?'));
    if (block !== undefined) await this.#keep(proposal, (one) => !isSameBlock(one, block));
  }

  /** Lets the user leave some blocks out of the proposal. */
  async chooseBlocks(argument: unknown): Promise<void> {
    const proposal = this.#find(argument);
    if (proposal?.state.kind !== 'ready') return;
    const kept = await chooseBlocks(proposal);
    if (kept !== undefined)
      await this.#keep(proposal, (one) => kept.some((block) => isSameBlock(one, block)));
  }

  async #accept(proposal: Proposal, block?: EditBlock): Promise<void> {
    const { document, state, first } = proposal;
    if (state.kind !== 'ready') return;
    const check = new EditCheck(document, (...fix) => this.#fix(...fix));
    if (!(await proposal.accept(block && [block]))) return;
    const from = first + (block?.oldStart ?? 0);
    check.watch([from, from + Math.max(1, block?.newCount ?? state.lines.length) - 1]);
    this.#news.accepted(pathOf(document), proposal.blocks);
    await this.#leaveEnded(proposal);
  }

  /** @param isKept is asked for each block as it is now, since a list may have been open for long. */
  async #keep(proposal: Proposal, isKept: (block: EditBlock) => boolean): Promise<void> {
    if (proposal.state.kind !== 'ready') return;
    proposal.keep(proposal.blocks.filter(isKept));
    this.#news.rejected(pathOf(proposal.document), proposal.blocks, proposal.isTaken);
    await this.#leaveEnded(proposal);
  }

  async #leaveEnded(proposal: Proposal): Promise<void> {
    if (isEnded(proposal)) await this.#leave(proposal);
  }

  /** Asks for another edit of lines that were just changed. */
  async #fix(document: vscode.TextDocument, [first, end]: LinePair, instruction: string): Promise<void> {
    const last = Math.min(end, document.lineCount - 1);
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(first, 0, last, document.lineAt(last).text.length);
    await this.start(instruction);
  }

  /** Ends an edit; the document stays as it is. @param argument see {@link InlineChat.#find}. */
  async discard(argument: unknown): Promise<void> {
    const proposal = this.#find(argument);
    if (proposal === undefined) return;
    proposal.dispose();
    this.#news.discarded(pathOf(proposal.document));
    await this.#leave(proposal);
  }

  /** Ends an answer that is still coming. */
  stop(argument: unknown): void {
    this.#find(argument)?.stop();
  }

  /** Asks for the same edit again, with the lines as they are now. */
  async retry(argument: unknown): Promise<void> {
    const proposal = this.#find(argument);
    if (proposal === undefined || proposal.state.kind === 'asking') return;
    await this.#work(proposal, proposal.retry());
  }

  /** Opens a box for another instruction about a proposal. */
  async followUp(argument: unknown): Promise<void> {
    const proposal = this.#find(argument);
    if (proposal?.state.kind !== 'ready') return;
    const thread = this.#threads.get(proposal.id);
    const given = instructionOf(argument);
    if (given !== undefined) await this.#ask(proposal, given);
    else if (thread === undefined || !hasBoxAtLines(proposal.document))
      await this.#ask(proposal, (await askInstruction()) ?? '');
    else thread.ask();
  }

  /** Compares the file with the proposal. */
  async openDiff(argument: unknown): Promise<void> {
    const proposal = this.#find(argument);
    if (proposal?.state.kind === 'ready') await this.#diffs.open(proposal);
  }

  #open(editor: vscode.TextEditor, model: string): Proposal {
    const { document } = editor;
    const [first, last] = selectedLines(editor.selection);
    const proposal = new Proposal(`${++this.#count}`, document, first, last, model);
    this.#proposals.set(proposal.id, proposal);
    this.#tabs.see(document);
    proposal.onDidChange((change) => {
      // The thread shows the lines at its own pace.
      if (change === 'all') this.#onChange(proposal);
    });
    if (areCommentsShown(document)) {
      makeRoomBelow(editor, last);
      this.#threads.set(proposal.id, new ProposalThread(this.#controller, proposal));
    }
    return proposal;
  }

  #onChange(proposal: Proposal): void {
    if (proposal.state.kind === 'ended') {
      this.#proposals.delete(proposal.id);
      this.#threads.delete(proposal.id);
    }
    this.#removed.show([...this.#proposals.values()]);
    this.#focus.update();
    this.#diffs.refresh(proposal);
  }

  async #ask(proposal: Proposal, instruction: string): Promise<void> {
    if (instruction.trim() === '') return;
    await this.#history.add(instruction);
    const signal = proposal.begin(instruction);
    this.#threads.get(proposal.id)?.closeInput();
    // VS Code leaves the keyboard nowhere.
    await this.#focus.hold(proposal);
    await this.#work(proposal, signal);
  }

  /** Works where the user sees it: in the thread, else in a notification. */
  async #work(proposal: Proposal, signal: AbortSignal): Promise<void> {
    if (this.#threads.has(proposal.id)) return this.#run(proposal, signal);
    await withProgress(t('Editing {0}…', pathOf(proposal.document)), (_, token) => {
      token.onCancellationRequested(() => proposal.dispose());
      return this.#run(proposal, signal);
    });
  }

  async #run(proposal: Proposal, signal: AbortSignal): Promise<void> {
    try {
      const model = await this.#models.chosen('edit');
      proposal.model = model.label;
      const ready = await this.#models.load(model, { signal });
      const edit = await requestProposal(proposal, ready, signal, this.#log);
      if (edit === undefined || signal.aborted) return;
      proposal.finish(edit);
    } catch (error) {
      if (signal.aborted) return;
      const explanation = explain(error);
      if (explanation === undefined) proposal.stop();
      else proposal.fail(explanation.message);
      // The thread has the sentence; the notification, which is read out, what may repair it.
      showError(error, this.#log);
      return;
    }
    await this.#present(proposal);
  }

  /** Shows a finished answer elsewhere if it has no thread or is too long for it. */
  async #present(proposal: Proposal): Promise<void> {
    const { state, id } = proposal;
    const hasThread = this.#threads.has(id);
    this.#news.finished(proposal);
    if (state.kind === 'ready' && (!hasThread || isLong(proposal))) await this.#diffs.open(proposal);
    if (state.kind === 'failed' && !hasThread)
      showError(new ModelError('engine-error', state.message), this.#log, () => void this.retry(id));
  }

  /** Goes from what was shown of a proposal back to its file. */
  async #leave(proposal: Proposal): Promise<void> {
    const wasDiff = await this.#diffs.close(proposal);
    await this.#focus.enter(proposal, wasDiff);
  }

  /** Ends the proposals of files that were closed. VS Code may keep their documents for minutes. */
  #endClosed(): void {
    for (const proposal of this.#proposals.values())
      if (this.#tabs.hasLost(proposal.document)) proposal.dispose();
  }

  #refreshDiffs(document: vscode.TextDocument): void {
    for (const proposal of this.#proposals.values()) {
      if (proposal.document === document) this.#diffs.refresh(proposal);
    }
  }

  /**
   * Finds the proposal that a command is about.
   * @param argument its id, the URI of its diff, its thread or a comment of that, from a button. Defaults to the
   * proposal at the cursor, else the only one of the active editor.
   */
  #find(argument: unknown): Proposal | undefined {
    if (typeof argument === 'string') return this.#proposals.get(argument);
    if (argument instanceof vscode.Uri) {
      return this.#proposals.get(argument.query) ?? this.#focus.current(undefined);
    }
    for (const [id, thread] of this.#threads) if (thread.owns(argument)) return this.#proposals.get(id);
    return this.#focus.current(argument);
  }
}

/** A function, because TypeScript believes a state that was asked for before. */
function isEnded({ state }: Proposal): boolean {
  return state.kind === 'ended';
}
