/** The row of a registry, a namespace or a repository of the setting; its repositories are below it. */
import * as vscode from 'vscode';
import { type Localized, t } from '../../../base/l10n.ts';
import {
  formatRegistryEntry,
  type Offer,
  offersOf,
  parseRegistryEntry,
  type RegistryEntry,
} from '../../../catalog/index.ts';
import { hostOf } from '../../../oci/index.ts';
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

/** The rows of the setting. An entry that means the same as one before it is shown once. */
function nodesOf(texts: readonly string[]): (RegistryNode | ErrorNode)[] {
  const seen = new Set<string>();
  return texts.map(nodeOf).filter((node) => {
    if (node.kind === 'error') return true;
    const place = formatRegistryEntry(node.entry);
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
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
  top: () => nodesOf(settings.registries()),
  item: ({ text, entry }, { logins }) =>
    treeRow({
      label: text,
      collapsible: true,
      id: `registry:${text}`,
      words: ['registry', logins?.has(entry.host) === true && 'signedIn'],
      icon: new vscode.ThemeIcon('server'),
      description: hostOf(entry.host)?.title ?? '',
      tooltip: `${t('Registry {0}', text)}\n${offersText(entry.host)}`,
    }),
  children: async ({ entry }, { catalogue }) =>
    listed(
      await catalogue.repositories(entry),
      (facts): RepositoryNode => ({ kind: 'repository', entry, repository: facts.name, facts }),
      {
        cut: (count) =>
          t('Only the first {0} repositories are shown. Add a namespace to see its own.', count),
        empty: () => t('No repositories.'),
      },
    ),
};

/** The words for {@link Offer}. */
const OFFERS: Readonly<Record<Offer, () => Localized>> = {
  repositories: () => t('repositories'),
  tags: () => t('tags'),
  sizes: () => t('sizes'),
  search: () => t('search'),
};

/** Says which lists a host offers, so that nobody waits for one that does not exist. */
function offersText(host: string): Localized {
  const offers = offersOf(host).map((offer) => OFFERS[offer]());
  return offers.length === 0
    ? t('Lists nothing. Pull its models by name.')
    : t('Offers lists of: {0}', offers.join(', '));
}
