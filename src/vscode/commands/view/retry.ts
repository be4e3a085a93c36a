/** “Retry” on an error's row, in either view. */
import type { RegistriesNode } from '../../views/registries/registriesView.ts';
import { defineCommand } from '../defineCommand.ts';
import { property } from '../property.ts';
import type { CommandServices } from '../services.ts';
import { IN_ANY_VIEW, rowHas } from '../when.ts';

export const retry = defineCommand({
  id: 'ociModels.view.retry',
  title: 'Retry',
  icon: 'refresh',
  when: `${IN_ANY_VIEW} && ${rowHas('error')}`,
  menus: { 'view/item/context': ['inline'] },
  palette: false,
  run,
});

async function run({ registriesView, models }: CommandServices, argument: unknown): Promise<void> {
  // Only registries have rows whose rows cannot be had; at the top, the store or a setting could not be read.
  if (property(argument, 'parent') === undefined) models.refresh();
  else registriesView.refresh(argument as RegistriesNode);
}
