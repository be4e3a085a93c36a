/** “Add Endpoint…”: adds a server that speaks OpenAI's API, after it has answered. */
import { type Localized, t } from '../../../base/l10n.ts';
import type { FoundEndpoint } from '../../../engine/index.ts';
import { parseEndpointUrl } from '../../../openaiApi/index.ts';
import type { EndpointEntry } from '../../../session/index.ts';
import { showInfo } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL } from '../when.ts';
import { askForAddress, tryEndpoint } from './questions.ts';

export const addEndpoint = defineCommand({
  id: 'ociModels.endpoint.add',
  title: 'Add Endpoint…',
  icon: 'server-environment',
  when: IN_LOCAL,
  menus: { 'view/title': ['2_endpoints@1'] },
  run,
});

/** @param argument the address, from a button. @returns the endpoint, or undefined. */
async function run({ endpointBook }: CommandServices, argument: unknown): Promise<EndpointEntry | undefined> {
  const title = t('Add Endpoint');
  const url = typeof argument === 'string' ? parseEndpointUrl(argument) : await askForAddress(title);
  if (url === undefined) return undefined;
  const answers = await tryEndpoint(endpointBook, url, title);
  if (answers === undefined) return undefined;
  const { entry, key, found } = answers;
  await endpointBook.save(entry, key);
  void showInfo(addedText(entry, found));
  return entry;
}

function addedText({ name }: EndpointEntry, found: FoundEndpoint | undefined): Localized {
  if (found === undefined)
    return t('Added {0}. Its models appear in Local Models as soon as it answers.', name);
  const { models, server } = found;
  return models.length === 1
    ? t('Added {0} ({1}). It serves {2}.', name, server, models[0]?.id ?? '')
    : t('Added {0} ({1}). It serves {2} models.', name, server, models.length);
}
