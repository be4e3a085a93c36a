/** “Select Model…”: chooses the local model that answers from now on, and loads it at once. */

import { t } from '../../../base/l10n.ts';
import { requireUsable } from '../../../session/index.ts';
import { chooseModel } from '../../chooseModel.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { CAN_ANSWER } from '../when.ts';
import { answeringModelOf } from './argument.ts';
import { loadModel } from './load.ts';

export const selectModel = defineCommand({
  id: 'ociModels.model.select',
  title: 'Select Model…',
  palette: CAN_ANSWER,
  run,
});

/** @returns the chosen model's label. */
async function run(services: CommandServices, argument: unknown): Promise<string | undefined> {
  const { models } = services;
  const candidates = await models.usable();
  // Throws an error that says that there is no model, with a button that pulls one.
  if (candidates.length === 0) await models.chosen();
  const model =
    (await answeringModelOf(models, argument)) ??
    (await chooseModel(services, candidates, {
      purpose: 'chat',
      title: t('Select the Model That Answers'),
    }));
  if (model === undefined) return undefined;
  requireUsable(model);
  await models.choose(model.id);
  if (!models.isLoaded(model.id)) await loadModel.run(services, model.id);
  return model.label;
}
