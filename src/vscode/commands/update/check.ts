/** “Check for Updates”: asks the registries of all pulled models for newer versions, and offers to pull them. */
import { formatBytes } from '../../../base/format.ts';
import { asLocalized, type Localized, t } from '../../../base/l10n.ts';
import { type CheckReport, isPinned, type ListedModel } from '../../../session/index.ts';
import { type Action, type Button, offer, showLog } from '../../window/buttons.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { type Explanation, explain } from '../../window/errors.ts';
import { showInfo, showWarning, withProgress } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { HAS_STORED, IN_LOCAL } from '../when.ts';

export const checkForUpdates = defineCommand({
  id: 'ociModels.update.check',
  title: 'Check for Updates',
  icon: 'sync',
  menus: { 'view/title': [{ group: '3_verify@2', when: IN_LOCAL }] },
  palette: HAS_STORED,
  run,
});

/** @returns the findings. */
async function run(services: CommandServices): Promise<CheckReport<ListedModel>> {
  const report = await withProgress(t('Checking for updates'), async (_, token) =>
    services.updates.check({ signal: abortSignalOf(token) }),
  );
  const pinned = (await services.models.list()).filter(isPinned).length;
  void announce(report, pinned, services);
  return report;
}

async function announce(
  report: CheckReport<ListedModel>,
  pinned: number,
  services: CommandServices,
): Promise<void> {
  const { updates, failures } = report;
  const buttons: (Action | Button)[] = [];
  if (updates.length > 0) buttons.push({ title: t('Update'), run: () => pullAll(report, services) });
  if (failures.length > 0) buttons.push(...(sharedFailure(report)?.repairs ?? [showLog()]));
  const message = [found(report), failed(report), pinnedText(pinned)].filter((text) => text !== undefined);
  // Sentences that are localized one by one.
  await offer(failures.length > 0 ? showWarning : showInfo, asLocalized(message.join(' ')), ...buttons);
}

function found({ updates, checked, failures }: CheckReport<ListedModel>): Localized | undefined {
  const [first] = updates;
  if (first === undefined) {
    if (checked === 0) return t('No model on this machine has a tag that could be checked.');
    return failures.length === checked ? undefined : t('No newer versions were found.');
  }
  const bytes = updates.reduce((sum, { addedBytes }) => sum + addedBytes, 0);
  return updates.length === 1
    ? t('{0} has a newer version (+{1}).', first.model.label, formatBytes(bytes))
    : t('{0} models have newer versions (+{1}).', updates.length, formatBytes(bytes));
}

/** The one reason of all failures, such as a registry that asks for a sign-in; undefined if there are several. */
function sharedFailure({ failures }: CheckReport<ListedModel>): Explanation | undefined {
  const [first, ...others] = failures.map(({ error }) => explain(error));
  return others.every((other) => other?.message === first?.message) ? first : undefined;
}

function failed(report: CheckReport<ListedModel>): Localized | undefined {
  const { failures } = report;
  const [first] = failures;
  if (first === undefined) return undefined;
  const shared = sharedFailure(report);
  if (shared !== undefined) {
    return failures.length === 1
      ? t('{0} could not be checked. {1}', first.model.label, shared.message)
      : t('{0} models could not be checked. {1}', failures.length, shared.message);
  }
  return failures.length === 1
    ? t('{0} could not be checked; the log says why.', first.model.label)
    : t('{0} models could not be checked; the log says why.', failures.length);
}

function pinnedText(count: number): Localized | undefined {
  if (count === 0) return undefined;
  return count === 1
    ? t('1 model is pinned by its digest and has no updates.')
    : t('{0} models are pinned by their digests and have no updates.', count);
}

/** Starts the pulls of all updates. The button's handler does not wait for them. */
function pullAll({ updates }: CheckReport<ListedModel>, { pulls }: CommandServices): void {
  const [first] = updates;
  if (first === undefined) return;
  if (updates.length === 1) {
    void pulls.pull(first.model.reference);
    return;
  }
  const wanted = updates.map(({ model, addedBytes }) => ({
    reference: model.reference,
    bytes: addedBytes,
  }));
  void pulls.pullTogether(wanted, t('Updating models'));
}
