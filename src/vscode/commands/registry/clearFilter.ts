/** “Clear Filter”: shows all repositories again. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_REGISTRIES, rowHas } from '../when.ts';

export const clearFilter = defineCommand({
  id: 'ociModels.registry.clearFilter',
  title: 'Clear Filter',
  icon: 'clear-all',
  when: `${IN_REGISTRIES} && ${rowHas('filter')}`,
  menus: { 'view/item/context': ['inline'] },
  palette: false,
  run,
});

async function run({ registriesView }: CommandServices): Promise<void> {
  registriesView.setFilter('');
}
