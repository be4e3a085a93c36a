/** A kind of row: one file has all that a view does for it, and the view's table of kinds has one line for it. */
import type * as vscode from 'vscode';
import type { CommandId } from '../commands/ids.generated.ts';

/** The subject of a row. Views pass it to commands, which read its fields. */
export interface RowNode {
  readonly kind: string;
}

/** All about rows of one kind. `view` is what the rows of a view share. */
export interface RowKind<Node extends RowNode, View, Children extends RowNode = RowNode> {
  readonly kind: Node['kind'];
  /** The rows of this kind at the top of the view. @param above the rows that are above them. */
  top?(view: View, above: readonly RowNode[]): Promise<readonly RowNode[]> | readonly RowNode[];
  item(node: Node, view: View): vscode.TreeItem | Promise<vscode.TreeItem>;
  /** The command that Enter runs with the node. A click does not run it, so that several rows can be selected. */
  opens?(node: Node): CommandId | undefined;
  /** The rows below one that can be opened. */
  children?(node: Node, view: View): Promise<readonly Children[]>;
  /** The lines of the tooltip, asked for when the mouse rests on the row. */
  details?(node: Node, view: View, token: vscode.CancellationToken): Promise<string>;
}

/** The node of a {@link RowKind}. */
export type NodeOf<Kind> = Kind extends { item(node: infer Node, ...rest: never[]): unknown } ? Node : never;
