/** “Filter Repositories…”: shows only repositories that contain a text. An empty text shows all again. */

import { t } from '../../../base/l10n.ts';
import { askForText } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_REGISTRIES } from '../when.ts';

export const filterRepositories = defineCommand({
  id: 'ociModels.registry.filter',
  title: 'Filter Repositories…',
  icon: 'filter',
  when: IN_REGISTRIES,
  menus: { 'view/title': ['navigation@3'] },
  run,
});

async function run({ registriesView }: CommandServices, argument: unknown): Promise<void> {
  const text = typeof argument === 'string' ? argument : await ask(registriesView.filter);
  if (text !== undefined) registriesView.setFilter(text);
}

function ask(value: string): Thenable<string | undefined> {
  return askForText({
    title: t('Filter Repositories'),
    prompt: t('Type a part of a name or description; leave it empty to see all repositories'),
    placeHolder: 'coder',
    value,
  });
}
