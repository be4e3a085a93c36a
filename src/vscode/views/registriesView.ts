/** The Registries view: configured registries → repositories → tags. A failure is a row with Retry. */
import * as vscode from 'vscode';
import { formatBytes } from '../../base/format.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import {
  type Inspector,
  type ListedTag,
  listRepositories,
  listTagSizes,
  listTags,
  parseRegistryEntry,
  type RegistryEntry,
  recommendTag,
  webPage,
} from '../../catalog/index.ts';
import { quantizationIn } from '../../gguf/index.ts';
import { familiarReference, formatReference, type Reference, type RegistryClient } from '../../oci/index.ts';
import type { Session } from '../../session/index.ts';
import { factsText, inspectionRows } from '../modelFacts.ts';
import { type ArchitectureQuery, whyNotHere } from '../runnability.ts';
import { abortSignalOf } from '../window/cancellation.ts';
import { asksForSignIn, describeForLog } from '../window/errors.ts';
import type { Machine } from '../window/machine.ts';
import { settings } from '../window/settings.ts';
import { errorItem, errorText } from './errorItem.ts';
import { rowTooltip, treeRow } from './row.ts';

/** Tags among which one is recommended. */
const MAX_RECOMMENDED = 2000;

interface RegistryNode {
  readonly kind: 'registry';
  /** As it stands in the setting. */
  readonly text: string;
  readonly entry: RegistryEntry;
}

interface RepositoryNode {
  readonly kind: 'repository';
  readonly entry: RegistryEntry;
  readonly repository: string;
}

interface TagNode {
  readonly kind: 'tag';
  readonly reference: Reference;
  /** As a list of the registry says it, bytes. */
  readonly bytes: number | undefined;
}

/** What the view works with. */
export interface RegistriesViewServices {
  readonly registry: () => RegistryClient;
  readonly models: Session;
  readonly inspector: Inspector;
  readonly machine: Machine;
  /** Asked for tooltips; nobody is if absent. */
  readonly architectures?: ArchitectureQuery | undefined;
  readonly log: Log;
}

interface ErrorNode {
  readonly kind: 'error';
  readonly message: string;
  /** The registry that a sign-in may help with. */
  readonly registry: string | undefined;
  /** What is asked again by Retry; undefined for the whole view. */
  readonly parent: RegistriesNode | undefined;
}

interface EmptyNode {
  readonly kind: 'empty';
  readonly message: string;
}

/** A row of the view. */
export type RegistriesNode = RegistryNode | RepositoryNode | TagNode | ErrorNode | EmptyNode;

/** The rows, asked for when a row is opened and kept until they are refreshed. */
export class RegistriesView implements vscode.TreeDataProvider<RegistriesNode>, vscode.Disposable {
  readonly #services: RegistriesViewServices;
  readonly #changed = new vscode.EventEmitter<RegistriesNode | undefined>();
  /** The tag that fits this machine best, by repository. */
  readonly #recommended = new Map<string, string>();
  readonly #children = new Map<string, Promise<RegistriesNode[]>>();
  readonly #subscriptions: vscode.Disposable[];

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(services: RegistriesViewServices) {
    this.#services = services;
    const { models } = services;
    this.#subscriptions = [
      settings.onDidChange(['registries', 'insecureRegistries'], () => this.refresh()),
      // A tag's row says whether its model is on this machine.
      new vscode.Disposable(models.onDidChangeModels(() => this.#changed.fire(undefined))),
    ];
  }

  /** Asks again for everything below `node`, or for the whole view. */
  refresh(node?: RegistriesNode): void {
    const target = node?.kind === 'error' ? node.parent : node;
    if (target === undefined) this.#children.clear();
    else this.#children.delete(keyOf(target));
    this.#changed.fire(target);
  }

  async getChildren(node?: RegistriesNode): Promise<RegistriesNode[]> {
    if (node === undefined) return this.#registries();
    if (node.kind !== 'registry' && node.kind !== 'repository') return [];
    const key = keyOf(node);
    const children = this.#children.get(key) ?? this.#fetch(node);
    this.#children.set(key, children);
    return children;
  }

  async getTreeItem(node: RegistriesNode): Promise<vscode.TreeItem> {
    switch (node.kind) {
      case 'registry': {
        return treeRow({
          label: node.text,
          collapsible: true,
          id: keyOf(node),
          words: ['registry'],
          icon: new vscode.ThemeIcon('server'),
          tooltip: t('Registry {0}', node.text),
        });
      }
      case 'repository': {
        return treeRow({
          label: shortRepository(node),
          collapsible: true,
          id: keyOf(node),
          words: [
            'repository',
            webPage({ registry: node.entry.host, repository: node.repository }) !== undefined && 'page',
          ],
          icon: new vscode.ThemeIcon('package'),
          tooltip: `${node.entry.host}/${node.repository}`,
        });
      }
      case 'tag':
        return this.#tagItem(node);
      case 'error':
        return node.registry === undefined ? errorItem(node.message) : errorItem(node.message, 'signIn');
      case 'empty':
        return treeRow({ label: node.message, words: ['empty'] });
    }
  }

  /** Looks at a tag when the mouse rests on its row. What cannot be read is said in the tooltip. */
  async resolveTreeItem(
    item: vscode.TreeItem,
    node: RegistriesNode,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    if (node.kind !== 'tag') return item;
    const { inspector, machine, architectures, log } = this.#services;
    try {
      const signal = abortSignalOf(token);
      const inspection = await inspector.inspect(node.reference, { extent: 'shape', signal });
      const reason = await whyNotHere(inspection, architectures);
      const facts = factsText(inspectionRows(inspection, await machine.memory(), undefined, reason));
      item.tooltip = rowTooltip(this.#isRecommended(node) ? `${facts}\n${recommendation()}` : facts);
    } catch (error) {
      log.debug(`${formatReference(node.reference)} was not inspected: ${describeForLog(error)}`);
      item.tooltip = rowTooltip(`${familiarReference(node.reference)}\n${errorText(error)}`);
    }
    return item;
  }

  dispose(): void {
    vscode.Disposable.from(this.#changed, ...this.#subscriptions).dispose();
  }

  #registries(): RegistriesNode[] {
    return settings.registries().map((text): RegistriesNode => {
      try {
        return { kind: 'registry', text, entry: parseRegistryEntry(text) };
      } catch (error) {
        return errorNode(error, undefined);
      }
    });
  }

  async #fetch(node: RegistryNode | RepositoryNode): Promise<RegistriesNode[]> {
    try {
      let isCut = false;
      const onCut = (): void => {
        isCut = true;
      };
      const children =
        node.kind === 'registry'
          ? await this.#repositories(node, onCut)
          : await this.#tags(node.entry, node.repository, onCut);
      if (isCut) children.push({ kind: 'empty', message: cutText(node, children.length) });
      if (children.length > 0) return children;
      const message = node.kind === 'registry' ? t('No repositories.') : t('No tags.');
      return [{ kind: 'empty', message }];
    } catch (error) {
      return [errorNode(error, node)];
    }
  }

  async #repositories(node: RegistryNode, onCut: () => void): Promise<RegistriesNode[]> {
    const options = { registry: this.#services.registry(), onCut };
    const repositories = await listRepositories(node.entry, options);
    return repositories.map((repository) => ({ kind: 'repository', entry: node.entry, repository }));
  }

  async #tags(entry: RegistryEntry, repository: string, onCut: () => void): Promise<RegistriesNode[]> {
    const options = { registry: this.#services.registry(), onCut };
    const [tags, sizes] = await Promise.all([
      listTags(entry, repository, options),
      listTagSizes(entry, repository, options).catch((error: unknown) => {
        this.#services.log.debug(`The sizes of ${repository} are not known: ${describeForLog(error)}`);
        return new Map<string, number>();
      }),
    ]);
    const listed = tags.map((tag) => ({ tag, bytes: sizes.get(tag) }));
    void this.#recommend(`${entry.host}/${repository}`, listed);
    return listed.map(({ tag, bytes }) => ({
      kind: 'tag',
      reference: { registry: entry.host, repository, tag },
      bytes,
    }));
  }

  /** Marks the tag that fits best as soon as the machine is known. Its GPU takes a second to be asked. */
  async #recommend(repository: string, listed: readonly ListedTag[]): Promise<void> {
    // Among thousands nobody looks for the mark, and the editor would wait for it.
    if (listed.length > MAX_RECOMMENDED) return;
    // With one tag there is nothing to choose from.
    const choices = listed.filter(({ tag }) => quantizationIn(tag) !== undefined);
    if (choices.length < 2) return;
    const best = recommendTag(choices, await this.#services.machine.memory());
    if (best === undefined || best === this.#recommended.get(repository)) return;
    this.#recommended.set(repository, best);
    this.#changed.fire(undefined);
  }

  #isRecommended({ reference: { registry, repository, tag } }: TagNode): boolean {
    return tag !== undefined && this.#recommended.get(`${registry}/${repository}`) === tag;
  }

  async #tagItem(node: TagNode): Promise<vscode.TreeItem> {
    const id = formatReference(node.reference);
    const local = await this.#services.models.find(id).catch(() => undefined);
    return treeRow({
      label: node.reference.tag ?? '',
      id: keyOf(node),
      words: ['tag', local !== undefined && 'local', webPage(node.reference) !== undefined && 'page'],
      icon: new vscode.ThemeIcon(local === undefined ? 'tag' : 'pass-filled'),
      description: [
        node.bytes === undefined ? undefined : formatBytes(node.bytes),
        this.#isRecommended(node) ? t('recommended') : undefined,
        local === undefined ? undefined : t('on this machine'),
      ]
        .filter((part) => part !== undefined)
        .join(' · '),
    });
  }
}

/** The last row of a list that has more names. */
function cutText({ kind }: RegistryNode | RepositoryNode, count: number): string {
  return kind === 'registry'
    ? t('Only the first {0} repositories are shown. Add a namespace to see its own.', count)
    : t('Only the first {0} tags are shown. Pull another one by its name.', count);
}

function recommendation(): string {
  return t(
    'Recommended: of the tags whose names and sizes tell enough, the largest model that fits this machine well, with Q4_K_M or better before a larger one.',
  );
}

function keyOf(node: RegistriesNode): string {
  switch (node.kind) {
    case 'registry':
      return `registry:${node.text}`;
    case 'repository':
      return `repository:${node.entry.host}/${node.repository}`;
    case 'tag':
      return `tag:${formatReference(node.reference)}`;
    default:
      return node.message;
  }
}

function shortRepository(node: RepositoryNode): string {
  const { namespace } = node.entry;
  const prefix = namespace === undefined ? '' : `${namespace}/`;
  return node.repository.startsWith(prefix) ? node.repository.slice(prefix.length) : node.repository;
}

function errorNode(error: unknown, parent: RegistriesNode | undefined): ErrorNode {
  const message = errorText(error);
  return { kind: 'error', message, registry: asksForSignIn(error) ? error.registry : undefined, parent };
}
