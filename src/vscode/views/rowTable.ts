/** The rows of a view, each handled by its kind. A failure becomes a row. */
import type * as vscode from 'vscode';
import { SlicedQueue } from '../../base/steps.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import { type ErrorNode, errorNode } from './errorRow.ts';
import { rowTooltip } from './row.ts';
import type { NodeOf, RowKind, RowNode } from './rowKind.ts';

// biome-ignore lint/suspicious/noExplicitAny: a table has kinds of different nodes; NodeOf gives them back
type AnyKind<View> = RowKind<any, View, any>;

/** @typeParam Kinds every node that a kind gives as a child must have its own kind among them. */
export class RowTable<View, const Kinds extends readonly AnyKind<View>[]> {
  /** The type of a node, for `typeof`; it has no value. */
  declare readonly node: NodeOf<Kinds[number]>;
  readonly #kinds: ReadonlyMap<string, AnyKind<View>>;
  /** The editor asks for the items of all rows of a list at once, of which there may be thousands. */
  readonly #items = new SlicedQueue();

  constructor(kinds: Kinds) {
    this.#kinds = new Map(kinds.map((kind) => [kind.kind, kind]));
  }

  /** The rows at the top of the view, by the order of the kinds. */
  async top(view: View): Promise<NodeOf<Kinds[number]>[]> {
    const nodes: RowNode[] = [];
    try {
      for (const kind of this.#kinds.values()) nodes.push(...((await kind.top?.(view, nodes)) ?? []));
    } catch (error) {
      return this.#typed([errorNode(error)]);
    }
    return this.#typed(nodes);
  }

  async children(node: RowNode, view: View): Promise<NodeOf<Kinds[number]>[]> {
    try {
      return this.#typed((await this.#kindOf(node).children?.(node, view)) ?? []);
    } catch (error) {
      return this.#typed([errorNode(error, node)]);
    }
  }

  item(node: RowNode, view: View): Promise<vscode.TreeItem> {
    return this.#items.run(() => this.#kindOf(node).item(node, view));
  }

  /** The command of Enter on a row; undefined if it has none beyond what the editor does. */
  opens(node: RowNode): CommandId | undefined {
    return this.#kindOf(node).opens?.(node);
  }

  /** Gives an item its tooltip when the mouse rests on it. */
  async resolve(
    item: vscode.TreeItem,
    node: RowNode,
    view: View,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    const details = await this.#kindOf(node).details?.(node, view, token);
    if (details !== undefined) item.tooltip = rowTooltip(details);
    return item;
  }

  #kindOf(node: RowNode): AnyKind<View> {
    const kind = this.#kinds.get(node.kind);
    if (kind === undefined) throw new TypeError(`The view has no rows of the kind ${node.kind}`);
    return kind;
  }

  #typed(nodes: readonly (RowNode | ErrorNode)[]): NodeOf<Kinds[number]>[] {
    return [...nodes] as NodeOf<Kinds[number]>[];
  }
}
