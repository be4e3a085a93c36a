/** “Reveal in File Manager”: opens the folder of a model's GGUF with the file selected. */
import * as vscode from 'vscode';
import { systemErrorCode } from '../../../base/error.ts';
import { t } from '../../../base/l10n.ts';
import { pastablePath } from '../../../base/shell.ts';
import { showInfo } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { HAS_STORED, ON_MODEL } from '../when.ts';
import { chooseModel, ggufsOf } from './modelFiles.ts';

export const revealModel = defineCommand({
  id: 'ociModels.model.reveal',
  title: 'Reveal in File Manager',
  when: `${ON_MODEL} && !isWeb`,
  menus: { 'view/item/context': ['6_files@1'] },
  palette: `${HAS_STORED} && !isWeb`,
  run,
});

async function run(services: CommandServices, argument: unknown): Promise<void> {
  const model = await chooseModel(services, argument, t('Reveal in File Manager'));
  if (model === undefined) return;
  const [file] = await ggufsOf(services, model);
  if (file === undefined) return;
  try {
    await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(file.path));
  } catch (error) {
    // VS Code in a browser, or in a window connected to another machine, has no file manager.
    services.output.debug(`revealFileInOS: ${systemErrorCode(error) ?? String(error)}`);
    const copy = t('Copy Path');
    const message = t('This window cannot open a file manager. The file is {0}.', file.path);
    const answer = await showInfo(message, copy);
    if (answer === copy) await vscode.env.clipboard.writeText(pastablePath(file.path));
  }
}
