/** The Local Models view: unfinished downloads, models by repository, and the room that all take. */
import * as vscode from 'vscode';
import type { KnownUpdates, ListedModel, MeasuredUse, Session } from '../../../session/index.ts';
import type { CommandId } from '../../commands/ids.generated.ts';
import type { FactRow } from '../../modelFacts.ts';
import type { PullQueue } from '../../pullQueue.ts';
import type { Machine } from '../../window/machine.ts';
import { errorRow } from '../errorRow.ts';
import { RowTable } from '../rowTable.ts';
import { downloadRow, downloadsRow, waitingRow } from './download.ts';
import { endpointModelRow, endpointRow, endpointsRow } from './endpoint.ts';
import { localFacts } from './facts.ts';
import { invitationRow } from './invitation.ts';
import { modelRow } from './model.ts';
import { modelGroupRow } from './modelGroup.ts';
import { usageRow } from './usage.ts';
import type { LocalRows } from './view.ts';

/** The kinds of rows; those that stand at the top of the view do so in this order. */
const KINDS = [
  downloadsRow,
  modelGroupRow,
  modelRow,
  invitationRow,
  endpointsRow,
  endpointRow,
  endpointModelRow,
  downloadRow,
  waitingRow,
  usageRow,
  errorRow,
] as const;

const rows = new RowTable<LocalRows, typeof KINDS>(KINDS);

/** A row of the view. */
export type LocalNode = typeof rows.node;

/** Milliseconds between two looks at running downloads, while their row can be seen. */
const REFRESH_MS = 1_000;

/** Shows the rows, and keeps those of running downloads fresh. */
export class LocalView implements vscode.TreeDataProvider<LocalNode>, vscode.Disposable {
  readonly #view: LocalRows;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #subscription: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  /**
   * @param use tells the speed of models.
   * @param updates tells their newer versions.
   * @param queue tells which pulls wait.
   */
  constructor(
    models: Session,
    machine: Machine,
    use?: Pick<MeasuredUse, 'of' | 'onDidChange'>,
    updates?: Pick<KnownUpdates, 'of' | 'onDidChange'>,
    queue?: Pick<PullQueue, 'waiting' | 'onDidChange'>,
  ) {
    this.#view = { models, machine, use, updates, queue };
    this.#subscription = vscode.Disposable.from(
      new vscode.Disposable(models.onDidChange(() => this.refresh())),
      new vscode.Disposable(models.onDidChangeDownloads(() => this.refresh())),
      new vscode.Disposable(use?.onDidChange(() => this.refresh()) ?? (() => {})),
      new vscode.Disposable(updates?.onDidChange(() => this.refresh()) ?? (() => {})),
      new vscode.Disposable(queue?.onDidChange(() => this.refresh()) ?? (() => {})),
    );
  }

  /** Returns what is known about a model of this machine. */
  factsOf(model: ListedModel): Promise<readonly FactRow[]> {
    return localFacts({ model }, this.#view);
  }

  /** Reads the store again. */
  refresh(): void {
    this.#changed.fire(undefined);
  }

  async getChildren(node?: LocalNode): Promise<LocalNode[]> {
    if (node !== undefined) return rows.children(node, this.#view);
    const top = await rows.top(this.#view);
    this.#refreshWhileRunning(top);
    return top;
  }

  async getTreeItem(node: LocalNode): Promise<vscode.TreeItem> {
    return rows.item(node, this.#view);
  }

  /** The command of Enter on a row. */
  opens(node: LocalNode): CommandId | undefined {
    return rows.opens(node);
  }

  resolveTreeItem(
    item: vscode.TreeItem,
    node: LocalNode,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    return rows.resolve(item, node, this.#view, token);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  /** A view that nobody sees is not asked for its rows, and so comes to rest. */
  #refreshWhileRunning(top: readonly LocalNode[]): void {
    clearTimeout(this.#timer);
    const downloads = top.flatMap((node) => (node.kind === 'downloads' ? node.downloads : []));
    if (downloads.every(({ active }) => active === undefined)) return;
    this.#timer = setTimeout(() => this.refresh(), REFRESH_MS);
    this.#timer.unref();
  }
}
