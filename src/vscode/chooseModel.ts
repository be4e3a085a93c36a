/** The list in which a model is chosen for a purpose: the current one is marked, and another one can be pulled. */
import * as vscode from 'vscode';
import { type Localized, t } from '../base/l10n.ts';
import type { AnsweringModel, Purpose } from '../session/index.ts';
import type { CommandId } from './commands/ids.generated.ts';
import { modelRow } from './commands/model/argument.ts';
import type { CommandServices } from './commands/services.ts';
import { type Choice, pickOne } from './window/notify.ts';

const PULL: CommandId = 'ociModels.model.pull';

interface Row extends Choice {
  /** Undefined on the row that pulls. */
  readonly model?: AnsweringModel;
}

/**
 * Asks which of `candidates` is to be used.
 * @returns undefined if the user picked none, or pulls another one, whose notification offers to use it.
 */
export async function chooseModel(
  { models }: CommandServices,
  candidates: readonly AnsweringModel[],
  { purpose, title }: { readonly purpose: Purpose; readonly title: Localized },
): Promise<AnsweringModel | undefined> {
  // Without a choice nothing completes code, but something answers.
  const current = purpose === 'chat' ? (await models.chosen()).id : await models.choice(purpose);
  const isCurrent = ({ id }: AnsweringModel): boolean => id === current;
  const rows: Row[] = [
    // The first row is active, so Enter keeps the model.
    ...candidates.filter(isCurrent).map((model) => marked(modelRow(model, models))),
    ...candidates.filter((model) => !isCurrent(model)).map((model) => modelRow(model, models)),
    { label: t('not on this machine'), kind: vscode.QuickPickItemKind.Separator },
    { icon: 'cloud-download', label: t('Pull Another Model…'), alwaysShow: true },
  ];
  const options = { title, placeHolder: t('Choose a model'), matchOnDescription: true };
  const chosen = await pickOne(rows, options);
  if (chosen !== undefined && chosen.model === undefined) {
    // The choice does not wait for the pull, which may take an hour.
    void vscode.commands.executeCommand(PULL);
  }
  return chosen?.model;
}

function marked(row: Row): Row {
  return { ...row, icon: 'check', description: [t('current'), row.description].join(' · ') };
}
