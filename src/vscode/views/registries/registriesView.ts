/** The Registries view: registries of the setting → repositories → tags. A failure is a row with Retry. */
import * as vscode from 'vscode';
import { settings } from '../../window/settings.ts';
import { errorRow } from '../errorRow.ts';
import type { RowNode } from '../rowKind.ts';
import { RowTable } from '../rowTable.ts';
import { emptyRow } from './empty.ts';
import { Recommendations } from './recommendations.ts';
import { registryRow } from './registry.ts';
import { repositoryRow } from './repository.ts';
import { tagRow } from './tag.ts';
import type { RegistriesRows, RegistriesViewServices } from './view.ts';

const KINDS = [registryRow, repositoryRow, tagRow, emptyRow, errorRow] as const;

const rows = new RowTable<RegistriesRows, typeof KINDS>(KINDS);

/** A row of the view. */
export type RegistriesNode = typeof rows.node;

/** Rows that can be opened are asked for then, and kept until they are refreshed. */
export class RegistriesView implements vscode.TreeDataProvider<RegistriesNode>, vscode.Disposable {
  readonly #view: RegistriesRows;
  readonly #changed = new vscode.EventEmitter<RegistriesNode | undefined>();
  readonly #children = new Map<string, Promise<RegistriesNode[]>>();
  readonly #subscriptions: vscode.Disposable[];

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(services: RegistriesViewServices) {
    const { machine, models } = services;
    const recommendations = new Recommendations(
      () => machine.memory(),
      () => this.#changed.fire(undefined),
    );
    this.#view = { ...services, recommendations };
    this.#subscriptions = [
      settings.onDidChange(['registries', 'insecureRegistries'], () => this.refresh()),
      // A tag's row tells if its model is on this machine.
      new vscode.Disposable(models.onDidChangeModels(() => this.#changed.fire(undefined))),
    ];
  }

  /** Asks again for everything below `node`, or for the whole view. */
  refresh(node?: RegistriesNode): void {
    const target = (node?.kind === 'error' ? node.parent : node) as RegistriesNode | undefined;
    if (target === undefined) this.#children.clear();
    else this.#children.delete(keyOf(target));
    this.#changed.fire(target);
  }

  async getChildren(node?: RegistriesNode): Promise<RegistriesNode[]> {
    if (node === undefined) return rows.top(this.#view);
    const key = keyOf(node);
    const children = this.#children.get(key) ?? rows.children(node, this.#view);
    this.#children.set(key, children);
    return children;
  }

  async getTreeItem(node: RegistriesNode): Promise<vscode.TreeItem> {
    return rows.item(node, this.#view);
  }

  resolveTreeItem(
    item: vscode.TreeItem,
    node: RegistriesNode,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    return rows.resolve(item, node, this.#view, token);
  }

  dispose(): void {
    vscode.Disposable.from(this.#changed, ...this.#subscriptions).dispose();
  }
}

/** The same row has the same key each time that the view is asked for it. */
function keyOf(node: RowNode): string {
  return JSON.stringify(node);
}
