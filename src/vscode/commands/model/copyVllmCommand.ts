/** “Copy vLLM Command”: how to serve a model of safetensors, which does not run here. */
import * as vscode from 'vscode';
import { vllmCommand } from '../../../export/index.ts';
import { showBriefly } from '../../window/notify.ts';
import type { CommandServices } from '../command.ts';
import { chooseModel, partsOf } from './files.ts';

/** @returns the command, or undefined. */
export async function copyVllmCommand(
  services: CommandServices,
  argument: unknown,
): Promise<string | undefined> {
  const model = await chooseModel(services, argument, vscode.l10n.t('Copy vLLM Command'));
  if (model === undefined) return undefined;
  const command = vllmCommand(await partsOf(services, model), model.label);
  await vscode.env.clipboard.writeText(command);
  showBriefly(vscode.l10n.t('The command that serves {0} was copied.', model.label));
  return command;
}
