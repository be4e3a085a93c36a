/** “Pull OCI Model”: pulls the model of a tag's row or of a reference passed as argument, or asks for one. */
import { askForModelToPull } from '../../pullBox/pullBox.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL, ON_TAG } from '../when.ts';
import { referenceOf } from './argument.ts';

export const pullModel = defineCommand({
  id: 'ociModels.model.pull',
  title: 'Pull OCI Model',
  icon: 'cloud-download',
  when: ON_TAG,
  menus: {
    'view/title': [{ group: 'navigation@1', when: IN_LOCAL }],
    'view/item/context': ['inline', '1_pull@1'],
  },
  run,
});

/** @returns the result of the pull, or undefined. */
async function run(services: CommandServices, argument: unknown): Promise<unknown> {
  const reference = referenceOf(argument) ?? (await askForModelToPull(services));
  return reference === undefined ? undefined : services.pulls.pull(reference);
}
