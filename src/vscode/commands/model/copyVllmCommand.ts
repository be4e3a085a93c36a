/** “Copy vLLM Command”: copies the command that serves a safetensors model, which does not run here. */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { vllmCommand } from '../../../export/index.ts';
import { showBriefly } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { ON_SAFETENSORS } from '../when.ts';
import { chooseModel, partsOf } from './modelFiles.ts';

export const copyVllmCommand = defineCommand({
  id: 'ociModels.model.copyVllmCommand',
  title: 'Copy vLLM Command',
  when: ON_SAFETENSORS,
  menus: { 'view/item/context': ['5_copy@3'] },
  palette: false,
  run,
});

/** @returns the command, or undefined. */
async function run(services: CommandServices, argument: unknown): Promise<string | undefined> {
  const model = await chooseModel(services, argument, t('Copy vLLM Command'));
  if (model === undefined) return undefined;
  const command = vllmCommand(await partsOf(services, model), model.label);
  await vscode.env.clipboard.writeText(command);
  showBriefly(t('Copied the command that serves {0}.', model.label));
  return command;
}
