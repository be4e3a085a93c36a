/**
 * “Pull OCI Model”: pulls the model of a tag's row or of a reference passed as argument, or asks for one; on a
 * repository's row, for one of its tags.
 */
import * as vscode from 'vscode';
import { formatReference } from '../../../oci/index.ts';
import { askForModelToPull } from '../../pullBox/pullBox.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL, ON_REPOSITORY, ON_TAG } from '../when.ts';
import { referenceOf, repositoryOf } from './argument.ts';

export const pullModel = defineCommand({
  id: 'ociModels.model.pull',
  title: 'Pull OCI Model',
  icon: 'cloud-download',
  when: ON_TAG,
  menus: {
    'view/title': [{ group: 'navigation@1', when: IN_LOCAL }],
    'view/item/context': ['inline', '1_pull@1', { group: '1_pull@1', when: ON_REPOSITORY }],
  },
  run,
});

/** @returns the result of the pull, or undefined. */
async function run(services: CommandServices, argument: unknown): Promise<unknown> {
  const repository = repositoryOf(argument);
  // The box lists the tags of the name in it.
  const name = repository === undefined ? '' : formatReference(repository);
  const reference =
    referenceOf(argument) ?? (await askForModelToPull({ ...services, readClipboard: clipboard() }, name));
  return reference === undefined ? undefined : services.pulls.pull(reference);
}

/** Returns what reads the clipboard. A browser asks the user before each look, so it is not read there. */
function clipboard(): (() => Thenable<string>) | undefined {
  if (vscode.env.uiKind === vscode.UIKind.Web) return undefined;
  return () => vscode.env.clipboard.readText();
}
