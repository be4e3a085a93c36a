/** “Sign Out of Registry…”: forgets a login that was given here. Logins of other programs are left alone. */

import { t } from '../../../base/l10n.ts';
import { pickOne, showInfo } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { ON_REGISTRY, rowHas, SIGNED_IN } from '../when.ts';
import { registryOf } from './argument.ts';

export const signOutOfRegistry = defineCommand({
  id: 'ociModels.registry.signOut',
  title: 'Sign Out of Registry…',
  when: `${ON_REGISTRY} && ${rowHas('signedIn')}`,
  menus: { 'view/item/context': ['2_login@2'] },
  palette: SIGNED_IN,
  run,
});

async function run({ connections, registriesView }: CommandServices, argument: unknown): Promise<void> {
  const signedIn = await connections.signedIn();
  const registry = registryOf(argument) ?? (await choose(signedIn));
  if (registry === undefined) return;
  if (!signedIn.includes(registry)) {
    void showInfo(t('You are not signed in to {0} here.', registry));
    return;
  }
  const hasAnother = await connections.signOut(registry);
  registriesView.refresh();
  const message = hasAnother
    ? t('Signed out of {0} here. From now on the login of Docker or Podman is used.', registry)
    : t('Signed out of {0}.', registry);
  void showInfo(message);
}

async function choose(signedIn: readonly string[]): Promise<string | undefined> {
  if (signedIn.length > 0) {
    const title = t('Sign Out of Registry');
    const chosen = await pickOne(
      signedIn.map((label) => ({ label })),
      { title },
    );
    return chosen?.label;
  }
  void showInfo(t('You are not signed in to any registry here.'));
  return undefined;
}
