/** “Add Registry…”: adds an entry to the Registries view. */

import * as vscode from 'vscode';
import { type Localized, t } from '../../../base/l10n.ts';
import { formatRegistryEntry, parseRegistryEntry, type RegistryEntry } from '../../../catalog/index.ts';
import { hostOf } from '../../../oci/index.ts';
import { messageOf } from '../../window/errors.ts';
import { askForText } from '../../window/notify.ts';
import { settings } from '../../window/settings.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_REGISTRIES } from '../when.ts';

export const addRegistry = defineCommand({
  id: 'ociModels.registry.add',
  title: 'Add Registry…',
  icon: 'add',
  when: IN_REGISTRIES,
  menus: { 'view/title': ['navigation@1'] },
  run,
});

async function run({ registriesView }: CommandServices, argument: unknown): Promise<void> {
  const text = typeof argument === 'string' ? argument : await ask();
  if (text === undefined) return;
  const entry = formatRegistryEntry(parseRegistryEntry(text));
  const entries = settings.registries();
  if (!entries.includes(entry)) await settings.setRegistries([...entries, entry]);
  registriesView.refresh();
}

function ask(): Thenable<string | undefined> {
  return askForText({
    title: t('Add Registry'),
    prompt: t('Type a registry host, optionally followed by a namespace or a repository'),
    placeHolder: 'ghcr.io/org',
    validate: (text) => {
      if (text.trim() === '') return undefined;
      try {
        const message = meaningOf(parseRegistryEntry(text));
        return { message, severity: vscode.InputBoxValidationSeverity.Info };
      } catch (error) {
        return messageOf(error);
      }
    },
  });
}

/** Says what an entry adds, because a short text may stand for a namespace. */
function meaningOf(entry: RegistryEntry): Localized {
  const { host, namespace } = entry;
  const title = hostOf(host)?.title ?? host;
  const whole = formatRegistryEntry(entry);
  return namespace === undefined
    ? t('Adds {0} with all of its repositories', whole)
    : t('Adds {0}, which is {1} on {2}', whole, namespace, title);
}
