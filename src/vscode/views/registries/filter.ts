/** The row that says which repositories are shown, while the view has a filter. */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import type { CommandId } from '../../commands/ids.generated.ts';
import { treeRow } from '../row.ts';
import type { RowKind, RowNode } from '../rowKind.ts';
import type { EmptyNode } from './empty.ts';
import type { RepositoryNode } from './repository.ts';
import type { RegistriesRows } from './view.ts';

interface FilterNode {
  readonly kind: 'filter';
  readonly text: string;
}

export const filterRow: RowKind<FilterNode, RegistriesRows> = {
  kind: 'filter',
  top: ({ filter }) => (filter === '' ? [] : [{ kind: 'filter', text: filter }]),
  item: ({ text }) =>
    treeRow({
      label: t('Only repositories with “{0}”', text),
      id: 'filter',
      words: ['filter'],
      icon: new vscode.ThemeIcon('filter-filled'),
    }),
  opens: (): CommandId => 'ociModels.registry.filter',
};

/** Returns the rows of a list without the repositories that do not contain a text, in any case. */
export function filtered<Node extends RowNode>(
  nodes: readonly (Node | RepositoryNode)[],
  filter: string,
): (Node | RepositoryNode | EmptyNode)[] {
  const wanted = filter.toLowerCase();
  const shown = nodes.filter((node) => !isRepository(node) || wordsOf(node).includes(wanted));
  if (shown.some(isRepository) || !nodes.some(isRepository)) return shown;
  return [...shown, { kind: 'empty', message: t('No repository contains “{0}”.', filter) }];
}

function isRepository(node: RowNode): node is RepositoryNode {
  return node.kind === 'repository';
}

function wordsOf({ repository, facts }: RepositoryNode): string {
  return `${repository}\n${facts?.description ?? ''}`.toLowerCase();
}
