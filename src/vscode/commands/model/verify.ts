/** “Verify Local Models”: reads all models, or the row's, and compares every byte with its digest. */

import { t } from '../../../base/l10n.ts';
import { familiarReference, formatReference } from '../../../oci/index.ts';
import type { VerifyReport } from '../../../store/index.ts';
import { type Action, offer, showLog } from '../../window/buttons.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { showInfo, showWarning, withProgress } from '../../window/notify.ts';
import { byteProgress } from '../../window/progressBar.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL, ON_MODEL } from '../when.ts';
import { modelOf } from './argument.ts';

export const verifyModels = defineCommand({
  id: 'ociModels.model.verify',
  title: 'Verify Local Models',
  icon: 'verified',
  when: ON_MODEL,
  menus: {
    'view/title': [{ group: '3_verify@1', when: IN_LOCAL }],
    'view/item/context': ['8_verify@1'],
  },
  run,
});

/** @returns what was found. */
async function run(services: CommandServices, argument: unknown): Promise<VerifyReport> {
  const { models, store } = services;
  const model = await modelOf(models, argument);
  const opened = await store();
  const report = await withProgress(
    model === undefined ? t('Verifying local models') : t('Verifying {0}', model.label),
    async (progress, token) => {
      const show = byteProgress(progress);
      return opened.verify(model?.reference, {
        signal: abortSignalOf(token),
        onProgress: ({ doneBytes, totalBytes }) => show(doneBytes, totalBytes),
      });
    },
  );
  if (report.damaged.length + report.repairedFiles > 0) models.refresh();
  void announce(report, services);
  return report;
}

async function announce(
  { models, damaged, repairedFiles }: VerifyReport,
  services: CommandServices,
): Promise<void> {
  const repaired =
    repairedFiles === 0
      ? ''
      : ` ${t('Names in the folder of models that were made again: {0}.', repairedFiles)}`;
  if (damaged.length === 0) {
    const good =
      models === 1
        ? t('1 model checked, it is not damaged.')
        : t('{0} models checked, none is damaged.', models);
    void showInfo(good + repaired);
    return;
  }
  for (const { reference, problems } of damaged)
    services.output.warn(`${formatReference(reference)}: ${problems.join(' ')}`);
  const names = damaged.map(({ reference }) => familiarReference(reference)).join(', ');
  const summary =
    models === 1
      ? t('1 model checked, it is damaged: {0}.', names)
      : t('{0} models checked, {1} damaged: {2}.', models, damaged.length, names);
  const pullAgain: Action = { title: t('Pull Again'), run: () => pullAll(damaged, services) };
  await offer(showWarning, summary + repaired, pullAgain, showLog());
}

/** Pulls one after the other. A failure of one is shown, and the others are pulled all the same. */
async function pullAll(damaged: VerifyReport['damaged'], { pulls }: CommandServices): Promise<void> {
  for (const { reference } of damaged) await pulls.pull(reference);
}
