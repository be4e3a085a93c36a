/** The row of a repository; its tags are below it. */
import * as vscode from 'vscode';
import { formatCount } from '../../../base/format.ts';
import { t } from '../../../base/l10n.ts';
import { type ListedRepository, type RegistryEntry, webPage } from '../../../catalog/index.ts';
import { treeRow } from '../row.ts';
import type { RowKind } from '../rowKind.ts';
import { type EmptyNode, listed } from './empty.ts';
import type { TagNode } from './tag.ts';
import { pathOf, type RegistriesRows } from './view.ts';

export interface RepositoryNode {
  readonly kind: 'repository';
  readonly entry: RegistryEntry;
  /** The whole name without the host. */
  readonly repository: string;
  readonly facts?: ListedRepository;
}

export const repositoryRow: RowKind<RepositoryNode, RegistriesRows, TagNode | EmptyNode> = {
  kind: 'repository',
  item: ({ entry, repository, facts }) =>
    treeRow({
      label: shortName(entry, repository),
      collapsible: true,
      id: `repository:${pathOf(entry, repository)}`,
      words: ['repository', webPage({ registry: entry.host, repository }) !== undefined && 'page'],
      icon: new vscode.ThemeIcon('package'),
      ...(facts?.pulls === undefined
        ? {}
        : { description: t('{0} pulls', formatCount(facts.pulls, vscode.env.language)) }),
      tooltip: [`${entry.host}/${repository}`, facts?.description].filter(Boolean).join('\n'),
    }),
  children: async ({ entry, repository }, { catalogue, recommendations }) => {
    const list = await catalogue.tags(entry, repository);
    void recommendations.choose(`${entry.host}/${repository}`, list.items);
    return listed(
      list,
      ({ tag, bytes }): TagNode => ({
        kind: 'tag',
        entry,
        reference: { registry: entry.host, repository, tag },
        bytes,
      }),
      {
        cut: (count) => t('Only the first {0} tags are shown. Pull another one by its name.', count),
        empty: () => t('No tags.'),
      },
    );
  },
};

function shortName({ namespace }: RegistryEntry, repository: string): string {
  const prefix = namespace === undefined ? '' : `${namespace}/`;
  return repository.startsWith(prefix) ? repository.slice(prefix.length) : repository;
}
