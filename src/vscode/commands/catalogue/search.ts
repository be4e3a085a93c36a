/** “Search Models…”: finds a model of this machine to chat with, or one of a registry to pull. */
import { searchModels } from '../../modelSearch/modelSearch.ts';
import { askForModelToPull } from '../../pullBox/pullBox.ts';
import { defineCommand } from '../defineCommand.ts';
import { chatWithModel } from '../model/chat.ts';
import type { CommandServices } from '../services.ts';
import { IN_REGISTRIES } from '../when.ts';

export const searchCatalogue = defineCommand({
  id: 'ociModels.catalogue.search',
  title: 'Search Models…',
  icon: 'search',
  when: IN_REGISTRIES,
  menus: { 'view/title': ['navigation@0'] },
  run,
});

/** @returns the result of the pull, or undefined. */
async function run(services: CommandServices): Promise<unknown> {
  const found = await searchModels(services);
  if (found === undefined) return undefined;
  if (found.kind === 'local') return chatWithModel.run(services, found.id);
  const reference = await askForModelToPull(services, found.name);
  return reference === undefined ? undefined : services.pulls.pull(reference);
}
