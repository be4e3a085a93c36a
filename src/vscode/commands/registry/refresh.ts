/** “Refresh Registries”: reads all registries again. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_REGISTRIES } from '../when.ts';

export const refreshRegistries = defineCommand({
  id: 'ociModels.registry.refresh',
  title: 'Refresh Registries',
  icon: 'refresh',
  when: IN_REGISTRIES,
  menus: { 'view/title': ['navigation@2'] },
  run,
});

async function run({ registriesView }: CommandServices): Promise<void> {
  registriesView.refresh();
}
