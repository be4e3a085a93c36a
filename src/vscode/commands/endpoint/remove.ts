/** “Remove Endpoint…”: forgets an endpoint and its API key. Nothing on the server changes. */
import { t } from '../../../base/l10n.ts';
import { confirm } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { HAS_ENDPOINT, ON_ENDPOINT } from '../when.ts';
import { endpointOf } from './argument.ts';

export const removeEndpoint = defineCommand({
  id: 'ociModels.endpoint.remove',
  title: 'Remove Endpoint…',
  when: ON_ENDPOINT,
  menus: { 'view/item/context': ['9_delete@1'] },
  palette: HAS_ENDPOINT,
  run,
});

async function run({ endpointBook }: CommandServices, argument: unknown): Promise<void> {
  const entry = await endpointOf(argument, t('Remove Endpoint'));
  if (entry === undefined) return;
  const message = (await endpointBook.hasKey(entry.url))
    ? t('Remove {0} and its API key? Nothing on the server changes.', entry.name)
    : t('Remove {0}? Nothing on the server changes.', entry.name);
  if (await confirm(message, t('Remove'))) await endpointBook.remove(entry);
}
