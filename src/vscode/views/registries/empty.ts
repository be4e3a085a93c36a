/** A row that only says something: that a list is empty, or that it was cut. */
import { treeRow } from '../row.ts';
import type { RowKind } from '../rowKind.ts';

export interface EmptyNode {
  readonly kind: 'empty';
  readonly message: string;
}

export const emptyRow: RowKind<EmptyNode, unknown> = {
  kind: 'empty',
  item: ({ message }) => treeRow({ label: message, words: ['empty'] }),
};

/**
 * The rows of a list, with one more if the list was cut or has none.
 * @param read gives the rows, and calls `onCut` if there are more.
 */
export async function listed<Node>(
  read: (onCut: () => void) => Promise<Node[]>,
  cutText: (count: number) => string,
  emptyText: () => string,
): Promise<(Node | EmptyNode)[]> {
  let isCut = false;
  const nodes: (Node | EmptyNode)[] = await read(() => {
    isCut = true;
  });
  if (isCut) nodes.push({ kind: 'empty', message: cutText(nodes.length) });
  return nodes.length > 0 ? nodes : [{ kind: 'empty', message: emptyText() }];
}
