/** The endpoint that a command refers to: from its row, or by asking. */
import { ModelError } from '../../../base/error.ts';
import { type Localized, t } from '../../../base/l10n.ts';
import type { EndpointEntry } from '../../../session/index.ts';
import { pickOne } from '../../window/notify.ts';
import { settings } from '../../window/settings.ts';
import { property } from '../property.ts';

/** Returns the endpoint of a row, or the picked one; undefined if none is picked. */
export async function endpointOf(argument: unknown, title: Localized): Promise<EndpointEntry | undefined> {
  const entries = settings.endpoints();
  const url =
    property(property(property(argument, 'status'), 'endpoint'), 'url') ?? property(argument, 'url');
  const given = entries.find((entry) => entry.url === url);
  // Asked for nothing in particular, the only one is meant.
  const only = url === undefined && entries.length === 1 ? entries[0] : undefined;
  if (given !== undefined || only !== undefined) return given ?? only;
  if (entries.length === 0)
    throw new ModelError('no-subject', t('There is no endpoint yet. Run “OCI Models: Add Endpoint…”.'));
  const choices = entries.map((entry) => ({ label: entry.name, description: entry.url, entry }));
  const picked = await pickOne(choices, { title: t('{0}: Choose an Endpoint', title) });
  return picked?.entry;
}
