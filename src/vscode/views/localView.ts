/** The Local Models view: what is in the store, and what of it is loaded. */
import * as vscode from 'vscode';
import { formatBytes } from '../../base/format.ts';
import { t } from '../../base/l10n.ts';
import { webPage } from '../../catalog/index.ts';
import type { EngineState } from '../../inference/index.ts';
import type { Download } from '../../library/index.ts';
import type { DiskUse, ListedModel, Session } from '../../session/index.ts';
import type { RowWord } from '../commands/when.ts';
import { defaultsText, type FactRow, factsText, fitOf, fitText } from '../modelFacts.ts';
import type { Machine } from '../window/machine.ts';
import { downloadItem, downloadsItem } from './downloadItem.ts';
import { errorItem, errorText } from './errorItem.ts';
import { rowTooltip, treeRow } from './row.ts';
import { usageItem } from './usageItem.ts';

interface ModelNode {
  readonly kind: 'model';
  readonly model: ListedModel;
}

interface ErrorNode {
  readonly kind: 'error';
  readonly message: string;
}

/** All unfinished downloads. */
interface DownloadsNode {
  readonly kind: 'downloads';
  readonly downloads: readonly Download[];
}

interface DownloadNode {
  readonly kind: 'download';
  readonly download: Download;
}

interface UsageNode {
  readonly kind: 'usage';
  readonly use: DiskUse;
}

/** A row of the view. */
export type LocalNode = ModelNode | ErrorNode | DownloadsNode | DownloadNode | UsageNode;

/** Milliseconds between two looks how far a running download is, while its row can be seen. */
const REFRESH_MS = 2_000;

/** One row for each stored model, the unfinished downloads under a row of their own, and the room that all take. */
export class LocalView implements vscode.TreeDataProvider<LocalNode>, vscode.Disposable {
  readonly #models: Session;
  readonly #machine: Machine;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #subscription: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(models: Session, machine: Machine) {
    this.#models = models;
    this.#machine = machine;
    this.#subscription = vscode.Disposable.from(
      new vscode.Disposable(models.onDidChange(() => this.#changed.fire(undefined))),
      new vscode.Disposable(models.onDidChangeDownloads(() => this.#changed.fire(undefined))),
    );
  }

  /** Reads the store again. */
  refresh(): void {
    this.#changed.fire(undefined);
  }

  async getChildren(node?: LocalNode): Promise<LocalNode[]> {
    if (node?.kind === 'downloads') {
      return node.downloads.map((download) => ({ kind: 'download', download }));
    }
    if (node !== undefined) return [];
    try {
      const models = await this.#models.list();
      const downloads = await this.#models.downloads();
      this.#refreshWhileRunning(downloads);
      const rows: LocalNode[] = models.map((model) => ({ kind: 'model', model }));
      if (downloads.length > 0) rows.push({ kind: 'downloads', downloads });
      // Without any row the view shows its welcome.
      const use = rows.length === 0 ? undefined : await this.#models.diskUse(downloads);
      return use === undefined ? rows : [...rows, { kind: 'usage', use }];
    } catch (error) {
      return [{ kind: 'error', message: errorText(error) }];
    }
  }

  /** A view that nobody sees is not asked for its rows, and so comes to rest. */
  #refreshWhileRunning(downloads: readonly Download[]): void {
    clearTimeout(this.#timer);
    if (downloads.every(({ active }) => active === undefined)) return;
    this.#timer = setTimeout(() => this.#changed.fire(undefined), REFRESH_MS);
    this.#timer.unref();
  }

  getTreeItem(node: LocalNode): vscode.TreeItem {
    if (node.kind === 'error') return errorItem(node.message);
    if (node.kind === 'downloads') return downloadsItem(node.downloads);
    if (node.kind === 'download') return downloadItem(node.download);
    if (node.kind === 'usage') return usageItem(node.use);
    const { model } = node;
    const state = this.#models.stateOf(model.id);
    return treeRow({
      label: model.label,
      id: model.id,
      description: describe(model, state),
      words: ['localModel', usability(model, state), webPage(model.reference) !== undefined && 'page'],
      icon: icon(model, state),
    });
  }

  /** Judges a model when the mouse rests on its row. */
  async resolveTreeItem(item: vscode.TreeItem, node: LocalNode): Promise<vscode.TreeItem> {
    if (node.kind !== 'model') return item;
    const { model } = node;
    const machine = await this.#machine.memory();
    const fit = fitOf(model.summary, machine);
    const memory = fit === undefined ? undefined : fitText(fit, machine);
    item.tooltip = rowTooltip(factsText(factRows(model, this.#models.stateOf(model.id), memory)));
    return item;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

function isLoaded(state: EngineState): boolean {
  return state === 'ready' || state === 'generating';
}

function stateText(state: EngineState): string {
  switch (state) {
    case 'loading':
      return t('loading…');
    case 'ready':
      return t('loaded');
    case 'generating':
      return t('answering…');
    case 'crashed':
      return t('stopped unexpectedly');
    case 'unloaded':
      return t('not loaded');
  }
}

function describe(model: ListedModel, state: EngineState): string {
  if (model.problem !== undefined) return t('damaged');
  // Behind other parts, so it does not begin as a sentence.
  const text = model.reason?.replace(/^N/, 'n').replace(/\.$/, '') ?? stateText(state);
  const parts = [formatBytes(model.sizeBytes), model.quantization, text];
  return parts.filter((part) => part !== undefined).join(' · ');
}

/** The word of the commands that a model's row can have. */
function usability({ problem, reason, format }: ListedModel, state: EngineState): RowWord {
  if (problem !== undefined) return 'damaged';
  if (reason !== undefined) return format === 'safetensors' ? 'safetensors' : 'foreign';
  if (state === 'loading') return 'loading';
  return isLoaded(state) ? 'loaded' : 'unloaded';
}

function icon(model: ListedModel, state: EngineState): vscode.ThemeIcon {
  if (model.problem !== undefined || state === 'crashed') {
    return new vscode.ThemeIcon('warning', new vscode.ThemeColor('problemsWarningIcon.foreground'));
  }
  if (model.reason !== undefined) return new vscode.ThemeIcon('archive');
  if (state === 'loading') return new vscode.ThemeIcon('loading~spin');
  return isLoaded(state)
    ? new vscode.ThemeIcon('circle-filled', new vscode.ThemeColor('testing.iconPassed'))
    : new vscode.ThemeIcon('circle-outline');
}

function factRows(model: ListedModel, state: EngineState, memory: string | undefined): FactRow[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    [t('Reference'), model.id],
    [t('Digest'), model.manifestDigest],
    [t('Size'), formatBytes(model.sizeBytes)],
    [t('Quantisation'), model.quantization],
    [t('Parameters'), model.parameters],
    [t('Architecture'), model.architecture],
    [t('Trained context'), model.contextTokens === undefined ? undefined : `${model.contextTokens}`],
    [t('Defaults'), defaultsText(model.defaults)],
    [t('Memory'), memory],
    [t('State'), model.reason ?? stateText(state)],
    [t('Problem'), model.problem],
  ];
  return rows.filter((row): row is FactRow => row[1] !== undefined);
}
