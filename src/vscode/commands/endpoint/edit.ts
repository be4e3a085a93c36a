/** “Edit Endpoint…”: changes the address, the API key or the name of an endpoint. */
import { t } from '../../../base/l10n.ts';
import { parseEndpointUrl } from '../../../openaiApi/index.ts';
import { showBriefly } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { HAS_ENDPOINT, ON_ENDPOINT } from '../when.ts';
import { endpointOf } from './argument.ts';
import { askForAddress, tryEndpoint } from './questions.ts';

export const editEndpoint = defineCommand({
  id: 'ociModels.endpoint.edit',
  title: 'Edit Endpoint…',
  icon: 'edit',
  when: ON_ENDPOINT,
  menus: { 'view/item/context': ['1_run@1'] },
  palette: HAS_ENDPOINT,
  run,
});

async function run({ endpointBook }: CommandServices, argument: unknown): Promise<void> {
  const title = t('Edit Endpoint');
  const before = await endpointOf(argument, title);
  if (before === undefined) return;
  const url = await askForAddress(title, before.url);
  if (url === undefined) return;
  const answers = await tryEndpoint(endpointBook, parseEndpointUrl(url.href), title, before);
  if (answers === undefined) return;
  await endpointBook.replace(before, answers.entry, answers.key);
  showBriefly(t('Saved {0}.', answers.entry.name));
}
