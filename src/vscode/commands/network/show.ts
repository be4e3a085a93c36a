/** “Show Network Activity”: each host that was asked since the window opened, why, and how much came. */
import * as vscode from 'vscode';
import { formatAge, formatBytes } from '../../../base/format.ts';
import { type Localized, t } from '../../../base/l10n.ts';
import type { ExchangeKind } from '../../../oci/network/index.ts';
import type { LedgerEntry, NetworkLedger } from '../../window/networkLedger.ts';
import { type Choice, pickOne } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';

export const showNetworkActivity = defineCommand({
  id: 'ociModels.network.show',
  title: 'Show Network Activity',
  icon: 'globe',
  run: async ({ ledger }) => {
    await pickOne(activityRows(ledger), {
      title: t('Network Activity'),
      placeHolder: t('Everything that OCI Models asked for since this window opened'),
      matchOnDescription: true,
    });
  },
});

/** The words for kinds. */
const KINDS: Readonly<Record<ExchangeKind, () => Localized>> = {
  check: () => t('check of a registry'),
  'sign-in': () => t('sign-in'),
  list: () => t('lists and searches'),
  manifest: () => t('descriptions of models'),
  content: () => t('files of models'),
  endpoint: () => t('answers of an endpoint'),
  other: () => t('other'),
};

function activityRows({ entries, since }: NetworkLedger): Choice[] {
  if (entries.length > 0) return entries.map(entryRow);
  const age = formatAge(Date.now() - since, vscode.env.language);
  return [{ icon: 'circle-slash', label: t('Nothing was asked for'), description: t('since {0}', age) }];
}

function entryRow({ host, kind, requests, failures, receivedBytes, lastAt }: LedgerEntry): Choice {
  const parts = [
    KINDS[kind](),
    requests === 1 ? t('1 request') : t('{0} requests', requests),
    failures === 0 ? undefined : t('{0} without an answer', failures),
    formatBytes(receivedBytes),
    formatAge(Date.now() - lastAt, vscode.env.language),
  ];
  return { icon: 'globe', label: host, description: parts.filter((part) => part !== undefined).join(' · ') };
}
