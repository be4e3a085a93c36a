/**
 * Code completions as ghost text, from a model on this machine. They are off until the user chooses a model for them,
 * and never interrupt: a failure is in the log and in the status bar.
 */
import * as vscode from 'vscode';
import { type AskForEdit, EditHistory, nextEditFormat } from '../../assist/index.ts';
import { type Localized, t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { capability, type Engine, type Surroundings } from '../../inference/index.ts';
import type { Session } from '../../session/index.ts';
import { COMPLETIONS, SNOOZED } from '../commands/when.ts';
import type { GhostText, NextEditSource } from '../nextEdit/nextEdits.ts';
import { abortSignalOf } from '../window/cancellation.ts';
import type { Memory } from '../window/recentTexts.ts';
import { settings } from '../window/settings.ts';
import { CompletionModel, type ModelStatus } from './completionModel.ts';
import { hasSelection, isCompletable, isInsideWord, placeOf } from './completionPlace.ts';
import { watchEdits } from './editWatch.ts';
import { FillIn } from './fillIn.ts';
import { Snooze } from './snooze.ts';
import { SurroundingsCollector } from './surroundings.ts';
import { WarmUp } from './warmUp.ts';

/** The state of completions. */
export type CompletionStatus =
  | ModelStatus
  /** The user paused them in this window. @property until milliseconds since 1970. */
  | { readonly kind: 'paused'; readonly label: string; readonly until: number };

/** A model that is named where one is needed for next edits. */
const NEXT_EDIT_EXAMPLE = 'hf.co/sweepai/sweep-next-edit-1.5B';

/** The completions of this window. */
export class Completions implements vscode.InlineCompletionItemProvider, vscode.Disposable {
  readonly #models: Session;
  readonly #model: CompletionModel;
  /** The latest edits of this window. */
  readonly history = new EditHistory();
  readonly #surroundings: SurroundingsCollector;
  readonly #subscriptions: vscode.Disposable[];
  /** Tells how models are asked. */
  readonly fillIn: FillIn;
  /** A pause that the user asked for. */
  readonly snooze = new Snooze();
  #instead: GhostText = () => undefined;

  /** @param memory keeps for all windows what is known about models. */
  constructor(models: Session, memory: Memory, log: Log) {
    this.#models = models;
    this.fillIn = new FillIn(memory, log);
    this.#model = new CompletionModel(models, this.fillIn, log);
    this.#surroundings = new SurroundingsCollector(this.history, log);
    this.#subscriptions = [
      vscode.languages.registerInlineCompletionItemProvider({ pattern: '**' }, this),
      watchEdits(this.history, {
        isOn: () => this.#model.takesSurroundings || this.#isForNextEdits,
        onDidChange: (listener) => this.#model.onDidChange(listener),
      }),
      new WarmUp((editor, signal) => this.#warm(editor, signal)),
      new vscode.Disposable(models.onDidChange(() => void this.#updateContext())),
      new vscode.Disposable(this.snooze.onDidChange(() => void this.#updateContext())),
      new vscode.Disposable(() => this.snooze.dispose()),
      new vscode.Disposable(() => this.#model.dispose()),
    ];
  }

  get status(): CompletionStatus {
    const { status } = this.#model;
    const { until } = this.snooze;
    return until === undefined || status.kind === 'off'
      ? status
      : { kind: 'paused', label: status.label, until };
  }

  /** Calls `listener` when the status changes. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    const ends = [this.#model.onDidChange(listener), this.snooze.onDidChange(listener)];
    return () => {
      for (const end of ends) end();
    };
  }

  /** See {@link NextEditSource}. */
  nextEditModel(): ReturnType<NextEditSource['nextEditModel']> {
    const { loaded } = this.#model;
    if (loaded === undefined || !settings.showsNextEdits()) return undefined;
    const format = nextEditFormat(...loaded.names);
    return format && { ask: askForEdit(loaded.engine), format };
  }

  /** Returns why next edits do not come although the user turned them on, or undefined. */
  get nextEditProblem(): Localized | undefined {
    const { loaded } = this.#model;
    if (loaded === undefined || !settings.showsNextEdits() || this.nextEditModel() !== undefined)
      return undefined;
    return t(
      'Next edits are off: {0} was not made for them. Use one that was, such as {1}.',
      loaded.label,
      NEXT_EDIT_EXAMPLE,
    );
  }

  works(document: vscode.TextDocument): boolean {
    return document.uri.scheme === 'file' && isCompletable(document) && this.#isWanted(document);
  }

  /** See {@link NextEditSource}. */
  showInstead(other: GhostText): void {
    this.#instead = other;
  }

  /** Reads the user's choice. Loads no model. */
  async refresh(): Promise<void> {
    await Promise.all([this.#model.refresh(), this.#updateContext()]);
  }

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    { triggerKind, selectedCompletionInfo }: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]> {
    const other = this.#instead(document, position);
    if (other !== undefined) return [other];
    const isExplicit = triggerKind === vscode.InlineCompletionTriggerKind.Invoke;
    if (!isCompletable(document) || hasSelection(document)) return [];
    const isWanted = this.#isWanted(document) && !isInsideWord(document, position);
    if (!isExplicit && !isWanted) return [];
    const place = placeOf(document, position, selectedCompletionInfo);
    const surroundings = await this.#around(document, position);
    if (token.isCancellationRequested) return [];
    const ghost = await this.#model.complete(
      { ...place, surroundings },
      {
        signal: abortSignalOf(token),
        isExplicit,
        inComments: settings.completesComments(document),
      },
    );
    if (ghost === undefined) return [];
    // Whatever extends an entry of the suggest widget has its range, or the editor does not show it.
    const range = selectedCompletionInfo?.range ?? new vscode.Range(position, position);
    return [new vscode.InlineCompletionItem((selectedCompletionInfo?.text ?? '') + ghost.text, range)];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** Nothing is collected for a model that was trained with single files. */
  async #around(document: vscode.TextDocument, position: vscode.Position): Promise<Surroundings | undefined> {
    return this.#model.takesSurroundings ? this.#surroundings.around(document, position) : undefined;
  }

  #isWanted({ languageId }: vscode.TextDocument): boolean {
    return this.snooze.until === undefined && settings.completesIn(languageId);
  }

  async #warm({ document, selection }: vscode.TextEditor, signal: AbortSignal): Promise<void> {
    if (document.isClosed || !this.#isWanted(document)) return;
    if (vscode.workspace.fs.isWritableFileSystem(document.uri.scheme) === false) return;
    const place = placeOf(document, selection.active, undefined);
    const surroundings = await this.#around(document, selection.active);
    await this.#model.warm({ ...place, surroundings }, signal);
  }

  /** True before a model is loaded, too: the edit that has it loaded is the first one that it is told. */
  get #isForNextEdits(): boolean {
    return settings.showsNextEdits() && this.#model.status.kind !== 'off';
  }

  /** Tells menus which of the commands that turn completions on and off has an effect. */
  async #updateContext(): Promise<void> {
    const isOn = (await this.#models.choice('completion')) !== undefined;
    const isPaused = isOn && this.snooze.until !== undefined;
    await vscode.commands.executeCommand('setContext', COMPLETIONS, isOn);
    await vscode.commands.executeCommand('setContext', SNOOZED, isPaused);
  }
}

/** An engine that hides its model's vocabulary reads marks in plain text. */
function askForEdit(engine: Engine): AskForEdit {
  if (engine.marks !== undefined) return capability(engine, 'infill');
  const complete = capability(engine, 'complete');
  return ({ prompt, ...limits }, options) =>
    complete(
      { ...limits, prompt: prompt.map((part) => (typeof part === 'string' ? part : part.mark)).join('') },
      options,
    );
}
