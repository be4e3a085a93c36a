/** The Registries view: registries of the setting → repositories → tags. A failure is a row with Retry. */
import * as vscode from 'vscode';
import type { CommandId } from '../../commands/ids.generated.ts';
import { settings } from '../../window/settings.ts';
import { errorRow } from '../errorRow.ts';
import type { RowNode } from '../rowKind.ts';
import { RowTable } from '../rowTable.ts';
import { emptyRow } from './empty.ts';
import { filtered, filterRow } from './filter.ts';
import { LocalIds } from './localIds.ts';
import { Recommendations } from './recommendations.ts';
import { registryRow } from './registry.ts';
import { repositoryRow } from './repository.ts';
import { tagRow } from './tag.ts';
import type { RegistriesRows, RegistriesViewServices } from './view.ts';

const KINDS = [filterRow, registryRow, repositoryRow, tagRow, emptyRow, errorRow] as const;

const rows = new RowTable<RegistriesRows, typeof KINDS>(KINDS);

/** A row of the view. */
export type RegistriesNode = typeof rows.node;

/** A row with the rows below it. */
interface OpenedRow {
  readonly node: RegistriesNode;
  readonly children: Promise<RegistriesNode[]>;
}

/** Rows that can be opened are asked for then, and kept until they are refreshed. */
export class RegistriesView implements vscode.TreeDataProvider<RegistriesNode>, vscode.Disposable {
  readonly #services: RegistriesViewServices;
  readonly #recommendations: Recommendations;
  readonly #localIds: LocalIds;
  #filter = '';
  readonly #changed = new vscode.EventEmitter<RegistriesNode | undefined>();
  readonly #children = new Map<string, OpenedRow>();
  readonly #subscriptions: vscode.Disposable[];

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(services: RegistriesViewServices) {
    const { machine, models } = services;
    this.#services = services;
    this.#recommendations = new Recommendations(
      () => machine.memory(),
      (repository) => this.#showRecommendation(repository),
    );
    this.#localIds = new LocalIds(models);
    this.#subscriptions = [
      settings.onDidChange(['registries', 'insecureRegistries', 'registryApis'], () => this.refresh()),
      // A tag's row tells if its model is on this machine.
      new vscode.Disposable(
        models.onDidChangeModels(() => {
          this.#localIds.forget();
          this.#changed.fire(undefined);
        }),
      ),
      services.logins?.onDidChange(() => this.#changed.fire(undefined)) ?? { dispose: () => {} },
    ];
  }

  /** The text that repositories have to contain; empty for all. */
  get filter(): string {
    return this.#filter;
  }

  /** Shows only repositories that contain a text. Asks nobody for lists that were shown before. */
  setFilter(text: string): void {
    this.#filter = text.trim();
    this.#changed.fire(undefined);
  }

  /** Asks again for everything below `node`, or for the whole view. */
  refresh(node?: RegistriesNode): void {
    const target = (node?.kind === 'error' ? node.parent : node) as RegistriesNode | undefined;
    if (target === undefined) this.#children.clear();
    else this.#forget(target);
    this.#services.catalogue.expire(hostOf(target));
    this.#changed.fire(target);
  }

  async getChildren(node?: RegistriesNode): Promise<RegistriesNode[]> {
    if (node === undefined) return rows.top(this.#view());
    const key = keyOf(node);
    const children = this.#children.get(key)?.children ?? rows.children(node, this.#view());
    this.#children.set(key, { node, children });
    return this.#filter === '' ? children : filtered(await children, this.#filter);
  }

  async getTreeItem(node: RegistriesNode): Promise<vscode.TreeItem> {
    return rows.item(node, this.#view());
  }

  /** The command of Enter on a row. */
  opens(node: RegistriesNode): CommandId | undefined {
    return rows.opens(node);
  }

  resolveTreeItem(
    item: vscode.TreeItem,
    node: RegistriesNode,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    return rows.resolve(item, node, this.#view(), token);
  }

  dispose(): void {
    vscode.Disposable.from(this.#changed, ...this.#subscriptions).dispose();
  }

  #view(): RegistriesRows {
    return {
      ...this.#services,
      recommendations: this.#recommendations,
      localIds: this.#localIds,
      filter: this.#filter,
    };
  }

  /** Forgets the rows below one, however deep. */
  #forget(target: RegistriesNode): void {
    this.#children.delete(keyOf(target));
    const host = hostOf(target);
    if (target.kind !== 'registry' || host === undefined) return;
    for (const [key, { node }] of this.#children)
      if (node.kind === 'repository' && node.entry.host === host) this.#children.delete(key);
  }

  /** Draws the tags of one repository again, and not those of all that are open. */
  #showRecommendation(repository: string): void {
    for (const { node } of this.#children.values()) {
      if (node.kind === 'repository' && `${node.entry.host}/${node.repository}` === repository)
        this.#changed.fire(node);
    }
  }
}

/** The same row has the same key each time that the view is asked for it. */
function keyOf(node: RowNode): string {
  return JSON.stringify(node);
}

/** The registry of a row; undefined for those of none. */
function hostOf(node: RegistriesNode | undefined): string | undefined {
  return node?.kind === 'registry' || node?.kind === 'repository' ? node.entry.host : undefined;
}
