/** “Unload Model”: frees a model's memory. */
import * as vscode from 'vscode';
import type { CommandServices } from '../command.ts';
import { modelOf, pickModel } from './argument.ts';

export async function unloadModel({ models }: CommandServices, argument: unknown): Promise<void> {
  const loaded = (await models.list()).filter((model) => models.isLoaded(model.id));
  if (loaded.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No model is loaded.'));
    return;
  }
  const only = loaded.length === 1 ? loaded[0] : undefined;
  const model =
    (await modelOf(models, argument)) ??
    only ??
    (await pickModel(loaded, models, vscode.l10n.t('Unload Model')));
  if (model !== undefined) await models.unload(model.id);
}
