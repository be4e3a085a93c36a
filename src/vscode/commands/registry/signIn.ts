/** “Sign In to Registry…”: asks for a login, tests it with the registry, and stores it if it works. */

import { type Localized, t } from '../../../base/l10n.ts';
import { DEFAULTS } from '../../../oci/index.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { messageOf } from '../../window/errors.ts';
import { askForText, pickOne, showInfo, withProgress } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_REGISTRIES, ON_REGISTRY, rowHas } from '../when.ts';
import { parseHost, registryOf } from './argument.ts';
import { configuredHosts } from './configuredHosts.ts';

export const signInToRegistry = defineCommand({
  id: 'ociModels.registry.signIn',
  title: 'Sign In to Registry…',
  icon: 'key',
  when: ON_REGISTRY,
  menus: {
    'view/item/context': ['2_login@1', { group: 'inline', when: `${IN_REGISTRIES} && ${rowHas('signIn')}` }],
  },
  run,
});

/** @returns true if the user is signed in now. */
async function run({ connections, registriesView }: CommandServices, argument: unknown): Promise<boolean> {
  const registry = registryOf(argument) ?? (await askForRegistry());
  if (registry === undefined) return false;
  const credential = await askForLogin(registry);
  if (credential === undefined) return false;
  const { wasAsked } = await withProgress(t('Signing in to {0}', registry), async (_, token) =>
    connections.signIn(registry, credential, abortSignalOf(token)),
  );
  registriesView.refresh();
  const message = wasAsked
    ? t('Signed in to {0} as {1}.', registry, credential.username)
    : t('{0} did not ask for a login, so this one was saved without a test.', registry);
  void showInfo(message);
  return true;
}

/** Offers the registries of the view and the two most common ones, and any other by its name. */
async function askForRegistry(): Promise<string | undefined> {
  const title = t('Sign In to Registry');
  const other = t('Another registry…');
  const labels = [...new Set([...configuredHosts(), DEFAULTS.registry, 'ghcr.io', other])];
  const chosen = await pickOne(
    labels.map((label) => ({ label })),
    { title },
  );
  if (chosen?.label !== other) return chosen?.label;
  const text = await askForText({
    title,
    prompt: t('Type the host of the registry'),
    placeHolder: 'registry.example.com',
    validate: (value) => (value.trim() === '' ? undefined : problemOf(value)),
  });
  return text === undefined || text.trim() === '' ? undefined : parseHost(text);
}

function problemOf(text: string): Localized | undefined {
  try {
    parseHost(text);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function askForLogin(registry: string): Promise<{ username: string; password: string } | undefined> {
  const title = t('Sign In to {0}', registry);
  const needed = (value: string): Localized | undefined =>
    value === '' ? t('This must not be empty.') : undefined;
  const username = await askForText({
    title,
    prompt: t('User name'),
    // The registry takes everything before the first colon as the user name (RFC 7617).
    validate: (value) => (value.includes(':') ? t('A user name cannot contain a colon.') : needed(value)),
  });
  if (username === undefined || username === '') return undefined;
  const password = await askForText({
    title,
    prompt: t('Password or access token, which is kept in VS Code’s secret storage'),
    password: true,
    validate: needed,
  });
  return password === undefined || password === '' ? undefined : { username, password };
}
