/** “Refresh Endpoint”: asks an endpoint for its models again. */
import { t } from '../../../base/l10n.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { ON_ENDPOINT } from '../when.ts';
import { endpointOf } from './argument.ts';

export const refreshEndpoint = defineCommand({
  id: 'ociModels.endpoint.refresh',
  title: 'Refresh Endpoint',
  icon: 'refresh',
  when: ON_ENDPOINT,
  menus: { 'view/item/context': ['inline@1'] },
  palette: false,
  run,
});

async function run({ endpointBook }: CommandServices, argument: unknown): Promise<void> {
  const entry = await endpointOf(argument, t('Refresh Endpoint'));
  if (entry !== undefined) await endpointBook.endpoints.refresh(entry);
}
