/** “Refresh Registries”: asks for the lists of all registries again, or for those below a row. */

import type { RegistriesNode } from '../../views/registries/registriesView.ts';
import { defineCommand } from '../defineCommand.ts';
import { property } from '../property.ts';
import type { CommandServices } from '../services.ts';
import { IN_REGISTRIES, rowHas } from '../when.ts';

export const refreshRegistries = defineCommand({
  id: 'ociModels.registry.refresh',
  title: 'Refresh Registries',
  icon: 'refresh',
  when: IN_REGISTRIES,
  menus: {
    'view/title': ['navigation@2'],
    'view/item/context': [
      { group: 'inline@2', when: `${IN_REGISTRIES} && ${rowHas('registry', 'repository')}` },
      { group: '1_refresh@1', when: `${IN_REGISTRIES} && ${rowHas('registry', 'repository')}` },
    ],
  },
  run,
});

async function run({ registriesView }: CommandServices, argument: unknown): Promise<void> {
  const kind = property(argument, 'kind');
  const isRow = kind === 'registry' || kind === 'repository';
  registriesView.refresh(isRow ? (argument as RegistriesNode) : undefined);
}
