/** “Load Model”: loads a local model into memory, with a notification that can cancel it. */

import { t } from '../../../base/l10n.ts';
import type { AnsweringModel, Session } from '../../../session/index.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { showInfo, withProgress } from '../../window/notify.ts';
import { barProgress } from '../../window/progressBar.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { CAN_ANSWER, IN_LOCAL, rowHas } from '../when.ts';
import { answeringModelOf, pickModel } from './argument.ts';

export const loadModel = defineCommand({
  id: 'ociModels.model.load',
  title: 'Load Model',
  icon: 'play',
  when: `${IN_LOCAL} && ${rowHas('unloaded')}`,
  menus: { 'view/item/context': ['inline@1', '1_run@1'] },
  palette: CAN_ANSWER,
  run,
});

async function run({ models }: CommandServices, argument: unknown): Promise<void> {
  const model = (await answeringModelOf(models, argument)) ?? (await pickUnloaded(models));
  if (model === undefined) return;
  await withProgress(t('Loading {0}', model.label), async (progress, token) => {
    const show = barProgress(progress);
    const onProgress = (fraction: number): void => show(fraction);
    await models.load(model, { signal: abortSignalOf(token), onProgress });
  });
}

async function pickUnloaded(models: Session): Promise<AnsweringModel | undefined> {
  const candidates = (await models.usable()).filter((model) => !models.isLoaded(model.id));
  if (candidates.length > 0) return pickModel(candidates, models, t('Load Model'));
  // Without any model this throws; otherwise every model is already loaded.
  const { label } = await models.chosen();
  void showInfo(t('{0} is already loaded.', label));
  return undefined;
}
