/**
 * Lenses above the models that a Compose file or a dev container names: what is here of each, and what can be done.
 * Only the open document is read, also in Restricted Mode, and no registry is asked before a lens is clicked.
 */
import * as vscode from 'vscode';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { plainText } from '../../base/text.ts';
import type { NamedModel } from '../../compose/index.ts';
import type { Download } from '../../library/index.ts';
import { formatReference } from '../../oci/index.ts';
import type { ListedModel, Session } from '../../session/index.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import { describeForLog } from '../window/errors.ts';
import type { ReadModels } from './files.ts';

/** Everything that lenses need. */
export interface LensServices {
  readonly models: Pick<Session, 'list' | 'downloads' | 'onDidChangeModels' | 'onDidChangeDownloads'>;
  readonly read: ReadModels;
  readonly log: Log;
}

/** A lens, before VS Code has it. Without a command it only says something. */
interface Lens {
  readonly title: Localized;
  readonly command?: CommandId;
}

/** Provides the lenses. */
export class ComposeLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #services: LensServices;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #ends: readonly (() => void)[];

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(services: LensServices) {
    this.#services = services;
    const fire = (): void => this.#changed.fire();
    const { models } = services;
    this.#ends = [models.onDidChangeModels(fire), models.onDidChangeDownloads(fire)];
  }

  async provideCodeLenses(
    document: Pick<vscode.TextDocument, 'getText'>,
    token: vscode.CancellationToken,
  ): Promise<vscode.CodeLens[]> {
    const { models, read, log } = this.#services;
    try {
      const { models: named, isTooLong } = await read(document.getText());
      if (isTooLong) return [tooLongLens()];
      if (named.length === 0 || token.isCancellationRequested) return [];
      const [stored, downloads] = await Promise.all([models.list(), models.downloads()]);
      return onceEach(named).flatMap((model) => lensesOf(model, stored, downloads));
    } catch (error) {
      // The view says what is wrong with the store; a lens that fails would be in the way while typing.
      log.debug(`No lenses are shown. ${describeForLog(error)}`);
      return [];
    }
  }

  dispose(): void {
    for (const end of this.#ends) end();
    this.#changed.dispose();
  }
}

/** Returns the models without those that share a line: an alias or a merge leads to the line of its anchor. */
function onceEach(named: readonly NamedModel[]): NamedModel[] {
  const placeOf = ({ line, reference }: NamedModel): string => `${line} ${formatReference(reference)}`;
  return [...new Map(named.map((model) => [placeOf(model), model])).values()];
}

/** At the top, since nobody knows where the models of the file are. */
function tooLongLens(): vscode.CodeLens {
  const title = withIcon('info', t('This file is too long to look for its models'));
  return new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title, command: '' });
}

function lensesOf(
  { reference, line }: NamedModel,
  stored: readonly ListedModel[],
  downloads: readonly Download[],
): vscode.CodeLens[] {
  const id = formatReference(reference);
  const model = stored.find((one) => one.id === id);
  const download = downloads.find((one) => one.id === id);
  const lenses = model === undefined ? lensesOfMissing(download) : lensesOfStored(model);
  const range = new vscode.Range(line, 0, line, 0);
  return lenses.map(
    // Icons come from here; all other text is plain.
    ({ title, command = '' }) => new vscode.CodeLens(range, { title, command, arguments: [id] }),
  );
}

function lensesOfStored({ problem, reason }: ListedModel): Lens[] {
  if (problem !== undefined) {
    return [
      { title: withIcon('warning', t('Damaged')) },
      { title: t('Pull Again'), command: 'ociModels.model.pull' },
    ];
  }
  const here: Lens = { title: withIcon('check', t('On this machine')) };
  // The reason may have names of the file in it.
  if (reason !== undefined) return [here, { title: asLocalized(plainText(reason)) }];
  return [here, { title: t('Chat with This Model'), command: 'ociModels.model.chat' }];
}

function lensesOfMissing(download: Download | undefined): Lens[] {
  const inspect: Lens = { title: t('Inspect Model…'), command: 'ociModels.model.inspect' };
  if (download?.active !== undefined)
    return [{ title: withIcon('loading~spin', t('Downloading…')) }, inspect];
  const title = download === undefined ? t('Pull OCI Model') : t('Resume Download');
  return [{ title: withIcon('cloud-download', title), command: 'ociModels.model.pull' }, inspect];
}

/** A lens draws a plain space behind an icon without any width. */
function withIcon(icon: string, text: Localized): Localized {
  return asLocalized(`$(${icon})\u00a0${text}`);
}
