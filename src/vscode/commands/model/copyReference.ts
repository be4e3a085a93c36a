/** “Copy Reference”: copies the full name of a row's model or repository, for a terminal or a colleague. */
import * as vscode from 'vscode';
import { formatReference } from '../../../oci/index.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { rowHas } from '../when.ts';
import { referenceOf, repositoryOf } from './argument.ts';

export const copyReference = defineCommand({
  id: 'ociModels.model.copyReference',
  title: 'Copy Reference',
  icon: 'copy',
  when: rowHas('tag', 'repository', 'localModel'),
  menus: { 'view/item/context': ['5_copy@1'] },
  palette: false,
  run,
});

async function run(_services: CommandServices, argument: unknown): Promise<void> {
  const reference = referenceOf(argument) ?? repositoryOf(argument);
  if (reference !== undefined) await vscode.env.clipboard.writeText(formatReference(reference));
}
