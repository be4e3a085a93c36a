/** “Options of Model…”: what the user sets for one model, beside what its publisher and the settings say. */
import * as vscode from 'vscode';
import { type Localized, t } from '../../../base/l10n.ts';
import {
  isEndpointModel,
  type ListedModel,
  type ModelOptions,
  type Session,
} from '../../../session/index.ts';
import { editOption } from '../../modelOptions/boxes.ts';
import { type OptionRow, optionRows } from '../../modelOptions/rows.ts';
import { type Choice, pickOne } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { HAS_STORED, ON_MODEL } from '../when.ts';
import { modelOf, pickModel } from './argument.ts';

export const optionsOfModel = defineCommand({
  id: 'ociModels.model.options',
  title: 'Options of Model…',
  when: ON_MODEL,
  menus: { 'view/item/context': ['3_options@1'] },
  palette: HAS_STORED,
  run,
});

interface Item extends Choice {
  readonly row?: OptionRow;
}

/** Shows the list again after each change, until the user closes it. */
async function run({ models }: CommandServices, argument: unknown): Promise<void> {
  let model = (await modelOf(models, argument)) ?? (await pick(models));
  while (model !== undefined) {
    const changed = await ask(model);
    if (changed === undefined) return;
    await models.setOptions(model.id, changed);
    model = await models.findStored(model.id);
  }
}

async function pick(models: Session): Promise<ListedModel | undefined> {
  // A server decides by itself how its models are loaded.
  const candidates = (await models.usable()).filter((model): model is ListedModel => !isEndpointModel(model));
  // Throws an error that says that there is no model, with a button that pulls one.
  if (candidates.length === 0) await models.chosen();
  return pickModel(candidates, models, t('Options of Model'));
}

/** Lets the user change one option. @returns all options as they are to be, or undefined if the list was closed. */
async function ask(model: ListedModel): Promise<ModelOptions | undefined> {
  const own = model.options ?? {};
  const rows = optionRows(model);
  const items: Item[] = rows.flatMap((row, index) => [
    ...(row.group === rows[index - 1]?.group ? [] : [separator(row.group)]),
    { label: row.label, description: row.value, detail: row.origin, row },
  ]);
  const reset: Item = { icon: 'discard', label: t('Reset All') };
  const chosen = await pickOne<Item>(Object.keys(own).length === 0 ? items : [reset, ...items], {
    title: t('Options of {0}', model.label),
    placeHolder: t('Choose an option to change it'),
    matchOnDescription: true,
  });
  if (chosen === reset) return {};
  if (chosen?.row === undefined) return undefined;
  // Leaving the box of one option leads back to the list.
  return (await editOption(chosen.row.key, own)) ?? own;
}

function separator(label: Localized): Item {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
