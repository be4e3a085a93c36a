/** The row of a repository; its tags are below it. */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { listTagSizes, listTags, type RegistryEntry, webPage } from '../../../catalog/index.ts';
import { describeForLog } from '../../window/errors.ts';
import { treeRow } from '../row.ts';
import type { RowKind } from '../rowKind.ts';
import { type EmptyNode, listed } from './empty.ts';
import type { TagNode } from './tag.ts';
import type { RegistriesRows } from './view.ts';

export interface RepositoryNode {
  readonly kind: 'repository';
  readonly entry: RegistryEntry;
  readonly repository: string;
}

export const repositoryRow: RowKind<RepositoryNode, RegistriesRows, TagNode | EmptyNode> = {
  kind: 'repository',
  item: ({ entry, repository }) =>
    treeRow({
      label: shortName(entry, repository),
      collapsible: true,
      id: `repository:${entry.host}/${repository}`,
      words: ['repository', webPage({ registry: entry.host, repository }) !== undefined && 'page'],
      icon: new vscode.ThemeIcon('package'),
      tooltip: `${entry.host}/${repository}`,
    }),
  children: (node, view) =>
    listed(
      (onCut) => tagsOf(node, view, onCut),
      (count) => t('Only the first {0} tags are shown. Pull another one by its name.', count),
      () => t('No tags.'),
    ),
};

function shortName({ namespace }: RegistryEntry, repository: string): string {
  const prefix = namespace === undefined ? '' : `${namespace}/`;
  return repository.startsWith(prefix) ? repository.slice(prefix.length) : repository;
}

async function tagsOf(
  { entry, repository }: RepositoryNode,
  { registry, recommendations, log }: RegistriesRows,
  onCut: () => void,
): Promise<TagNode[]> {
  const options = { registry: registry(), onCut };
  const [tags, sizes] = await Promise.all([
    listTags(entry, repository, options),
    listTagSizes(entry, repository, options).catch((error: unknown) => {
      log.debug(`The sizes of ${repository} are not known: ${describeForLog(error)}`);
      return new Map<string, number>();
    }),
  ]);
  const found = tags.map((tag) => ({ tag, bytes: sizes.get(tag) }));
  void recommendations.choose(`${entry.host}/${repository}`, found);
  return found.map(({ tag, bytes }) => ({
    kind: 'tag',
    reference: { registry: entry.host, repository, tag },
    bytes,
  }));
}
