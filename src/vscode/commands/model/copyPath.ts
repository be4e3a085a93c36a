/**
 * “Copy Path”: copies the path of a model's GGUF, or of its first part, as llama.cpp expects it. A publisher's file
 * name that a shell would interpret is quoted.
 */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { pastablePath } from '../../../base/shell.ts';
import { showBriefly } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { HAS_STORED, ON_MODEL } from '../when.ts';
import { chooseModel, ggufsOf } from './modelFiles.ts';

export const copyModelPath = defineCommand({
  id: 'ociModels.model.copyPath',
  title: 'Copy Path',
  when: ON_MODEL,
  menus: { 'view/item/context': ['5_copy@2'] },
  palette: HAS_STORED,
  run,
});

/** @returns the path, or undefined. */
async function run(services: CommandServices, argument: unknown): Promise<string | undefined> {
  const model = await chooseModel(services, argument, t('Copy Path'));
  if (model === undefined) return undefined;
  const [file] = await ggufsOf(services, model);
  if (file === undefined) return undefined;
  await vscode.env.clipboard.writeText(pastablePath(file.path));
  showBriefly(t('Copied the path of {0}.', model.label));
  return file.path;
}
