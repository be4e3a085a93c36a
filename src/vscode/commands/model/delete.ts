/** “Delete Model…”: removes a model from this machine after asking. */
import * as vscode from 'vscode';
import { formatBytes } from '../../../base/format.ts';
import type { CommandServices } from '../command.ts';
import { modelOf, pickModel } from './argument.ts';

export async function deleteModel({ models }: CommandServices, argument: unknown): Promise<void> {
  const candidates = await models.list();
  if (candidates.length === 0) await models.chosen();
  const model =
    (await modelOf(models, argument)) ?? (await pickModel(candidates, models, vscode.l10n.t('Delete Model')));
  if (model === undefined) return;
  const name = model.label;
  const confirm = vscode.l10n.t('Delete');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Delete {0} ({1}) from this machine?', name, formatBytes(model.sizeBytes)),
    {
      modal: true,
      detail: vscode.l10n.t('It can be pulled again. Files that another model needs are kept.'),
    },
    confirm,
  );
  if (answer !== confirm) return;
  const freed = await models.delete(model.reference);
  void vscode.window.showInformationMessage(
    vscode.l10n.t('{0} was deleted; {1} are free again.', name, formatBytes(freed)),
  );
}
