/** “Import Models from Other Tools…”: adds models of Ollama, Hugging Face's cache and others without a download. */
import * as vscode from 'vscode';
import {
  type ForeignModel,
  type ForeignModels,
  type ImportResult,
  importModel,
  listForeignModels,
} from '../../../adopt/index.ts';
import { isModelError, throwIfCancelled } from '../../../base/error.ts';
import { formatBytes } from '../../../base/format.ts';
import { asLocalized, t } from '../../../base/l10n.ts';
import { formatReference } from '../../../oci/index.ts';
import { chat, offer, openSettings } from '../../window/buttons.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { showError } from '../../window/errors.ts';
import { type Choice, pickMany, showInfo, withProgress } from '../../window/notify.ts';
import { byteProgress } from '../../window/progressBar.ts';
import { settings } from '../../window/settings.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL } from '../when.ts';

export const importModels = defineCommand({
  id: 'ociModels.model.import',
  title: 'Import Models from Other Tools…',
  icon: 'folder-library',
  when: IN_LOCAL,
  menus: { 'view/title': ['2_import@1'] },
  run,
});

async function run(services: CommandServices): Promise<void> {
  const { models, searched } = await look(services);
  const offered = models.filter(({ state }) => state !== 'present');
  if (offered.length === 0) {
    tellNothing(models.length, searched);
    return;
  }
  const chosen = await choose(offered, models.length - offered.length);
  if (chosen === undefined || chosen.length === 0) return;
  const results = await importAll(services, chosen);
  services.models.refresh();
  if (results.length > 0) tellDone(results);
}

async function look({ store, output }: CommandServices): Promise<ForeignModels> {
  const title = t('Looking for models of other tools');
  return withProgress(title, async (_progress, token) =>
    listForeignModels(await store(), {
      layouts: settings.otherStores(),
      log: output,
      signal: abortSignalOf(token),
    }),
  );
}

function tellNothing(presentCount: number, searched: ForeignModels['searched']): void {
  if (presentCount > 0) {
    const message =
      presentCount === 1
        ? t('The only model that other tools have is already here.')
        : t('All {0} models that other tools have are already here.', presentCount);
    void showInfo(message);
    return;
  }
  const places = searched.map(({ tool, folders }) => `${tool} (${folders.join(', ')})`).join('; ');
  const message = t('Found no models of other tools. Searched: {0}.', places);
  void offer(showInfo, message, openSettings('otherStores', t('Add Folder…')));
}

interface ModelItem extends Choice {
  readonly model?: ForeignModel;
}

async function choose(
  offered: readonly ForeignModel[],
  presentCount: number,
): Promise<ForeignModel[] | undefined> {
  const items: ModelItem[] = [];
  let tool: string | undefined;
  for (const model of offered) {
    if (model.tool !== tool) {
      items.push({ label: model.tool, kind: vscode.QuickPickItemKind.Separator });
    }
    tool = model.tool;
    items.push(itemOf(model));
  }
  const title =
    presentCount === 0
      ? t('Import Models from Other Tools')
      : t('Import Models from Other Tools ({0} more are already here)', presentCount);
  const placeHolder = t('Choose the models to import; nothing is downloaded');
  const picked = await pickMany(items, {
    title,
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: true,
  });
  return picked?.map(({ model }) => model).filter((model) => model !== undefined);
}

function itemOf(model: ForeignModel): ModelItem {
  const room = model.sharesSpace ? t('shares disk space with {0}', model.tool) : t('will be copied');
  const replaced = model.state === 'replaces' ? t('replaces another version that is here') : undefined;
  return {
    model,
    label: model.name,
    description: [formatBytes(model.sizeBytes), model.quantization].filter(Boolean).join(' · '),
    detail: [room, formatReference(model.reference), replaced].filter(Boolean).join(' · '),
  };
}

/** Imports one model after another. A failure is shown and does not stop the others. */
async function importAll(
  { store, output }: CommandServices,
  chosen: readonly ForeignModel[],
): Promise<ImportResult[]> {
  const opened = await store();
  const results: ImportResult[] = [];
  const total = chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const title =
    chosen.length === 1
      ? t('Importing {0}', chosen[0]?.name ?? '')
      : t('Importing {0} models', chosen.length);
  await withProgress(title, async (progress, token) => {
    const signal = abortSignalOf(token);
    const report = byteProgress(progress);
    let before = 0;
    for (const model of chosen) {
      try {
        throwIfCancelled(signal);
        const onProgress = (bytes: number): void => report(before + bytes, total);
        const result = await importModel(opened, model, { signal, onProgress });
        output.info(`Imported ${formatReference(result.reference)} from ${model.tool}.`);
        results.push(result);
      } catch (error) {
        if (isModelError(error, 'cancelled')) return;
        showError(error, output);
      }
      before += model.sizeBytes;
    }
  });
  return results;
}

function tellDone(results: readonly ImportResult[]): void {
  const sum = (of: (result: ImportResult) => number): number =>
    results.reduce((bytes, result) => bytes + of(result), 0);
  const shared = formatBytes(sum(({ sharedBytes, presentBytes }) => sharedBytes + presentBytes));
  const copied = sum(({ copiedBytes }) => copiedBytes);
  const count = results.length === 1 ? t('Imported 1 model.') : t('Imported {0} models.', results.length);
  const room =
    copied === 0
      ? t('{0} take no additional disk space.', shared)
      : t('{0} were copied; {1} take no additional disk space.', formatBytes(copied), shared);
  const [first] = results;
  const buttons = first === undefined ? [] : [chat(formatReference(first.reference))];
  // Two localized sentences.
  void offer(showInfo, asLocalized(`${count} ${room}`), ...buttons);
}
