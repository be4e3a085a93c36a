/** The row of a registry, a namespace or a repository of the setting; its repositories are below it. */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { listRepositories, parseRegistryEntry, type RegistryEntry } from '../../../catalog/index.ts';
import { settings } from '../../window/settings.ts';
import { type ErrorNode, errorNode } from '../errorRow.ts';
import { treeRow } from '../row.ts';
import type { RowKind } from '../rowKind.ts';
import { type EmptyNode, listed } from './empty.ts';
import type { RepositoryNode } from './repository.ts';
import type { RegistriesRows } from './view.ts';

export interface RegistryNode {
  readonly kind: 'registry';
  /** As it stands in the setting. */
  readonly text: string;
  readonly entry: RegistryEntry;
}

/** An entry that cannot be read is a row that says why. */
function nodeOf(text: string): RegistryNode | ErrorNode {
  try {
    return { kind: 'registry', text, entry: parseRegistryEntry(text) };
  } catch (error) {
    return errorNode(error);
  }
}

export const registryRow: RowKind<RegistryNode, RegistriesRows, RepositoryNode | EmptyNode> = {
  kind: 'registry',
  top: () => settings.registries().map(nodeOf),
  item: ({ text }) =>
    treeRow({
      label: text,
      collapsible: true,
      id: `registry:${text}`,
      words: ['registry'],
      icon: new vscode.ThemeIcon('server'),
      tooltip: t('Registry {0}', text),
    }),
  children: ({ entry }, { registry }) =>
    listed<RepositoryNode>(
      async (onCut) => {
        const repositories = await listRepositories(entry, { registry: registry(), onCut });
        return repositories.map((repository) => ({ kind: 'repository', entry, repository }));
      },
      (count) => t('Only the first {0} repositories are shown. Add a namespace to see its own.', count),
      () => t('No repositories.'),
    ),
};
