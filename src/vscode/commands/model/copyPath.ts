/** “Copy Path”: the path of a model's GGUF, of the first part where there are several, as llama.cpp takes it. */
import * as vscode from 'vscode';
import type { CommandServices } from '../command.ts';
import { chooseModel, ggufsOf } from './files.ts';

/** @returns the path, or undefined. */
export async function copyModelPath(
  services: CommandServices,
  argument: unknown,
): Promise<string | undefined> {
  const model = await chooseModel(services, argument, vscode.l10n.t('Copy Path'));
  if (model === undefined) return undefined;
  const [file] = await ggufsOf(services, model);
  if (file === undefined) return undefined;
  await vscode.env.clipboard.writeText(file.path);
  vscode.window.setStatusBarMessage(vscode.l10n.t('The path of {0} was copied.', model.label), 3000);
  return file.path;
}
