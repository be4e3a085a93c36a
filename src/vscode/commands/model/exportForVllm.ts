/** “Export for vLLM…”: copies a safetensors model into the layout of vLLM's cache. */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { saveCopies, vllmCacheFiles } from '../../../export/index.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { showInfo, withProgress } from '../../window/notify.ts';
import { byteProgress } from '../../window/progressBar.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { ON_SAFETENSORS } from '../when.ts';
import { chooseModel, partsOf } from './modelFiles.ts';

export const exportForVllm = defineCommand({
  id: 'ociModels.model.exportForVllm',
  title: 'Export for vLLM…',
  when: ON_SAFETENSORS,
  menus: { 'view/item/context': ['6_files@3'] },
  palette: false,
  run,
});

/** @returns the model’s folder, or undefined. */
async function run(services: CommandServices, argument: unknown): Promise<string | undefined> {
  const model = await chooseModel(services, argument, t('Export for vLLM'));
  if (model === undefined) return undefined;
  const parts = await partsOf(services, model);
  const [target] =
    (await vscode.window.showOpenDialog({
      title: t('Cache folder of vLLM'),
      openLabel: t('Export Here'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  if (target === undefined) return undefined;
  const store = await services.store();
  const manifest = store.blobPath(model.manifestDigest);
  const { files, folder } = vllmCacheFiles(model.reference, manifest, parts, target.fsPath);
  await withProgress(t('Exporting {0}', model.label), async (progress, token) =>
    saveCopies(files, {
      signal: abortSignalOf(token),
      onProgress: byteProgress(progress),
      storeRoot: store.root,
    }),
  );
  void showInfo(t('Exported {0} to {1}.', model.label, folder));
  return folder;
}
