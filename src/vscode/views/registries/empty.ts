/** A row that only says something: that a list is empty, was cut, or is an old one. */
import * as vscode from 'vscode';
import { formatAge } from '../../../base/format.ts';
import { t } from '../../../base/l10n.ts';
import type { DatedList, Origin } from '../../../catalog/index.ts';
import { errorText } from '../errorRow.ts';
import { treeRow } from '../row.ts';
import type { RowKind } from '../rowKind.ts';

export interface EmptyNode {
  readonly kind: 'empty';
  readonly message: string;
  /** Id of a codicon. */
  readonly icon?: string;
  readonly tooltip?: string;
}

export const emptyRow: RowKind<EmptyNode, unknown> = {
  kind: 'empty',
  item: ({ message, icon, tooltip }) =>
    treeRow({
      label: message,
      words: ['empty'],
      ...(icon === undefined ? {} : { icon: new vscode.ThemeIcon(icon) }),
      ...(tooltip === undefined ? {} : { tooltip }),
    }),
};

/** The texts about a list. */
export interface ListTexts {
  readonly cut: (count: number) => string;
  readonly empty: () => string;
}

/** The rows of a list, below one that says if it is an old one, and above one that says if it was cut. */
export function listed<T, Node>(
  { items, isCut, origin }: DatedList<T>,
  nodeOf: (item: T) => Node,
  texts: ListTexts,
): (Node | EmptyNode)[] {
  const rows: (Node | EmptyNode)[] = items.map(nodeOf);
  if (isCut) rows.push({ kind: 'empty', message: texts.cut(items.length) });
  if (rows.length === 0) rows.push({ kind: 'empty', message: texts.empty() });
  return origin === undefined ? rows : [originRow(origin), ...rows];
}

function originRow(origin: Origin): EmptyNode {
  const tooltip = errorText(origin.failure);
  const icon = 'debug-disconnect';
  if (origin.kind === 'built-in')
    return { kind: 'empty', message: t('Offline: built-in list'), icon, tooltip };
  const age = formatAge(Date.now() - origin.askedAt, vscode.env.language);
  return { kind: 'empty', message: t('Offline: the list of {0}', age), icon, tooltip };
}
