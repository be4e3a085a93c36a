/** “Verify Local Models”: reads all models, or those of the selected rows, and compares every byte with its digest. */
import { asLocalized, type Localized, t } from '../../../base/l10n.ts';
import { familiarReference, formatReference } from '../../../oci/index.ts';
import type { ListedModel } from '../../../session/index.ts';
import type { ModelStore, VerifyReport } from '../../../store/index.ts';
import { type Action, offer, showLog } from '../../window/buttons.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { showInfo, showWarning, withProgress } from '../../window/notify.ts';
import { byteProgress, fractionOf } from '../../window/progressBar.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { HAS_STORED, IN_LOCAL, ON_MODELS } from '../when.ts';
import { modelsOf } from './argument.ts';

export const verifyModels = defineCommand({
  id: 'ociModels.model.verify',
  title: 'Verify Local Models',
  icon: 'verified',
  when: ON_MODELS,
  menus: {
    'view/title': [{ group: '3_verify@1', when: IN_LOCAL }],
    'view/item/context': ['8_verify@1'],
  },
  palette: HAS_STORED,
  run,
});

/** @returns the findings. */
async function run(services: CommandServices, argument: unknown, selection?: unknown): Promise<VerifyReport> {
  const { models, store } = services;
  const chosen = await modelsOf(services, argument, selection);
  const opened = await store();
  const report = await withProgress(titleOf(chosen), async (progress, token) =>
    verify(opened, chosen, byteProgress(progress), abortSignalOf(token)),
  );
  if (report.damaged.length + report.repairedFiles > 0) models.refresh();
  void announce(report, services, chosen.length === 1 ? chosen[0]?.label : undefined);
  return report;
}

function titleOf([first, second]: readonly ListedModel[]): Localized {
  return first === undefined || second !== undefined
    ? t('Verifying local models')
    : t('Verifying {0}', first.label);
}

/** Verifies models one after another, or all of the store if none is named. @param show takes bytes. */
async function verify(
  store: ModelStore,
  chosen: readonly ListedModel[],
  show: (doneBytes: number, totalBytes: number) => void,
  signal: AbortSignal,
): Promise<VerifyReport> {
  if (chosen.length < 2) {
    return store.verify(chosen[0]?.reference, {
      signal,
      onProgress: ({ doneBytes, totalBytes }) => show(doneBytes, totalBytes),
    });
  }
  const total = chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let before = 0;
  const reports: VerifyReport[] = [];
  for (const { reference, sizeBytes } of chosen) {
    const onProgress = ({ doneBytes, totalBytes }: { doneBytes: number; totalBytes: number }): void =>
      show(before + sizeBytes * fractionOf(doneBytes, totalBytes), total);
    reports.push(await store.verify(reference, { signal, onProgress }));
    before += sizeBytes;
  }
  return {
    models: reports.reduce((sum, { models }) => sum + models, 0),
    checkedBytes: reports.reduce((sum, { checkedBytes }) => sum + checkedBytes, 0),
    damaged: reports.flatMap(({ damaged }) => damaged),
    repairedFiles: reports.reduce((sum, { repairedFiles }) => sum + repairedFiles, 0),
  };
}

async function announce(
  { models, damaged, repairedFiles }: VerifyReport,
  services: CommandServices,
  name: string | undefined,
): Promise<void> {
  const repaired =
    repairedFiles === 0
      ? undefined
      : repairedFiles === 1
        ? t('Restored 1 missing file link.')
        : t('Restored {0} missing file links.', repairedFiles);
  if (damaged.length === 0) {
    void showInfo(sentences(name === undefined ? intact(models) : t('{0} is intact.', name), repaired));
    return;
  }
  for (const { reference, problems } of damaged)
    services.output.warn(`${formatReference(reference)}: ${problems.join(' ')}`);
  const names = damaged.map(({ reference }) => familiarReference(reference)).join(', ');
  const summary =
    models === 1
      ? t('{0} is damaged. Pull it again.', names)
      : t('{0} of {1} models are damaged: {2}. Pull them again.', damaged.length, models, names);
  const pullAgain: Action = {
    title: t('Pull Again'),
    run: () => services.pulls.pullEach(damaged.map(({ reference }) => reference)),
  };
  await offer(showWarning, sentences(summary, repaired), pullAgain, showLog());
}

function intact(models: number): Localized {
  return models === 1
    ? t('1 model checked: it is intact.')
    : t('{0} models checked: all are intact.', models);
}

/** Joins sentences, each of which is localized. */
function sentences(first: Localized, second: Localized | undefined): Localized {
  return second === undefined ? first : asLocalized(`${first} ${second}`);
}
