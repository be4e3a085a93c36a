/**
 * “Copy Path”: the path of a model's GGUF, of the first part if there are several, as llama.cpp takes it. A file name of a
 * publisher that a shell would run is quoted.
 */
import * as vscode from 'vscode';
import { pastablePath } from '../../../base/shell.ts';
import { showBriefly } from '../../window/notify.ts';
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
  await vscode.env.clipboard.writeText(pastablePath(file.path));
  showBriefly(vscode.l10n.t('The path of {0} was copied.', model.label));
  return file.path;
}
