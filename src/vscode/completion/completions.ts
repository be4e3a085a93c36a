/**
 * Code completions as ghost text, from a model on this machine. They are off until the user chooses a model for them,
 * and never interrupt: a failure is in the log and in the status bar.
 */
import * as vscode from 'vscode';
import type { Log } from '../../base/log.ts';
import type { Session } from '../../session/index.ts';
import { COMPLETIONS } from '../commands/when.ts';
import { abortSignalOf } from '../window/cancellation.ts';
import { settings } from '../window/settings.ts';
import { CompletionModel, type CompletionStatus } from './completionModel.ts';
import { hasSelection, isCompletable, isInsideWord, placeOf } from './completionPlace.ts';

/** The completions of this window. */
export class Completions implements vscode.InlineCompletionItemProvider, vscode.Disposable {
  readonly #models: Session;
  readonly #model: CompletionModel;
  readonly #subscriptions: vscode.Disposable[];

  constructor(models: Session, log: Log) {
    this.#models = models;
    this.#model = new CompletionModel(models, log);
    this.#subscriptions = [
      vscode.languages.registerInlineCompletionItemProvider({ pattern: '**' }, this),
      new vscode.Disposable(models.onDidChange(() => void this.#updateContext())),
      new vscode.Disposable(() => this.#model.dispose()),
    ];
  }

  get status(): CompletionStatus {
    return this.#model.status;
  }

  /** Calls `listener` when the status changes. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#model.onDidChange(listener);
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
    const isExplicit = triggerKind === vscode.InlineCompletionTriggerKind.Invoke;
    if (!isCompletable(document) || hasSelection(document)) return [];
    const isWanted = settings.completesIn(document.languageId) && !isInsideWord(document, position);
    if (!isExplicit && !isWanted) return [];
    const ghost = await this.#model.complete(placeOf(document, position, selectedCompletionInfo), {
      signal: abortSignalOf(token),
      isExplicit,
    });
    if (ghost === undefined) return [];
    // Whatever extends an entry of the suggest widget has its range, or the editor does not show it.
    const range = selectedCompletionInfo?.range ?? new vscode.Range(position, position);
    return [new vscode.InlineCompletionItem((selectedCompletionInfo?.text ?? '') + ghost.text, range)];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** Tells menus which of the commands that turn completions on and off has an effect. */
  async #updateContext(): Promise<void> {
    const isOn = (await this.#models.choice('completion')) !== undefined;
    await vscode.commands.executeCommand('setContext', COMPLETIONS, isOn);
  }
}
