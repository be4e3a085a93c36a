/**
 * “Save a Copy…”: saves a model's GGUF as a file of the user's own, or all parts in one folder if there are several.
 */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { formatBytes } from '../../../base/format.ts';
import { asLocalized, t } from '../../../base/l10n.ts';
import { type FileToSave, saveCopies } from '../../../export/index.ts';
import type { NamedFile } from '../../../store/index.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { confirm, showInfo, withProgress } from '../../window/notify.ts';
import { byteProgress } from '../../window/progressBar.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { HAS_STORED, ON_MODEL } from '../when.ts';
import { chooseModel, ggufsOf } from './modelFiles.ts';

export const saveModelCopy = defineCommand({
  id: 'ociModels.model.saveCopy',
  title: 'Save a Copy…',
  when: ON_MODEL,
  menus: { 'view/item/context': ['6_files@2'] },
  palette: HAS_STORED,
  run,
});

async function run(services: CommandServices, argument: unknown): Promise<void> {
  const model = await chooseModel(services, argument, t('Save a Copy'));
  if (model === undefined) return;
  const files = await ggufsOf(services, model);
  const targets = await askForTargets(files);
  if (targets === undefined) return;
  const { root } = await services.store();
  const saved = await withProgress(t('Saving a copy of {0}', model.label), async (progress, token) => {
    const signal = abortSignalOf(token);
    await saveCopies(targets, { signal, onProgress: byteProgress(progress), storeRoot: root });
    return targets[0]?.to;
  });
  if (saved !== undefined) {
    void showInfo(t('Saved {0} as {1}.', model.label, saved));
  }
}

/** Asks for the targets of the copies. Returns undefined if the user chose none. */
async function askForTargets(files: readonly NamedFile[]): Promise<FileToSave[] | undefined> {
  const [first] = files;
  if (first === undefined) return undefined;
  if (files.length === 1) {
    const uri = await vscode.window.showSaveDialog({
      title: t('Save a Copy ({0})', formatBytes(first.sizeBytes)),
      filters: { GGUF: ['gguf'] },
      defaultUri: defaultUri(basename(first.path)),
    });
    // The dialog has already asked if an existing file may be replaced.
    return uri === undefined ? undefined : [{ from: first.path, to: uri.fsPath }];
  }
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: t('Folder for {0} files ({1})', files.length, formatBytes(total)),
      openLabel: t('Save Here'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  if (folder === undefined) return undefined;
  const targets = files.map(({ path }) => ({ from: path, to: join(folder.fsPath, basename(path)) }));
  return (await mayReplace(targets)) ? targets : undefined;
}

/** Suggests the first folder of the workspace, or else the folder that the dialog used last. */
function defaultUri(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return folder?.scheme === 'file' ? vscode.Uri.joinPath(folder, name) : vscode.Uri.file(name);
}

async function mayReplace(targets: readonly FileToSave[]): Promise<boolean> {
  const there = await Promise.all(targets.map(({ to }) => exists(to)));
  const names = targets.filter((_, index) => there[index]).map(({ to }) => basename(to));
  if (names.length === 0) return true;
  const message = t('Replace the files with the same names in this folder?');
  // Names have no words to translate.
  return confirm(message, t('Replace'), asLocalized(names.join('\n')));
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false; // A file that cannot be examined is not replaced either: writing it fails and says why.
  }
}
