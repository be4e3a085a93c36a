/** “Remove Registry”: removes a row from the Registries view. Models that were pulled stay. */

import { settings } from '../../window/settings.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { ON_REGISTRY } from '../when.ts';

export const removeRegistry = defineCommand({
  id: 'ociModels.registry.remove',
  title: 'Remove Registry',
  when: ON_REGISTRY,
  menus: { 'view/item/context': ['9_remove@1'] },
  palette: false,
  run,
});

async function run({ registriesView }: CommandServices, argument: unknown): Promise<void> {
  if (typeof argument !== 'object' || argument === null || !('text' in argument)) return;
  const { text } = argument;
  await settings.setRegistries(settings.registries().filter((entry) => entry !== text));
  registriesView.refresh();
}
