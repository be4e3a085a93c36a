/** “Use for Code Completions…”: chooses the model that completes code, after a look at what it was made for. */
import { t } from '../../../base/l10n.ts';
import type { Engine } from '../../../inference/index.ts';
import { type AnsweringModel, isEndpointModel, requireUsable } from '../../../session/index.ts';
import { chooseModel } from '../../chooseModel.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { withProgress } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import { answeringModelOf } from '../model/argument.ts';
import { loadModel } from '../model/load.ts';
import type { CommandServices } from '../services.ts';
import { CAN_ANSWER, ON_ANSWERING } from '../when.ts';

export const chooseForCompletions = defineCommand({
  id: 'ociModels.completion.choose',
  title: 'Use for Code Completions…',
  when: ON_ANSWERING,
  menus: { 'view/item/context': ['1_run@3'] },
  palette: CAN_ANSWER,
  run,
});

async function run(services: CommandServices, argument: unknown): Promise<void> {
  const { models } = services;
  const candidates = (await models.usable()).toSorted((one, other) => fits(other) - fits(one));
  // Throws an error that says that there is no model, with a button that pulls one.
  if (candidates.length === 0) await models.chosen();
  const model =
    (await answeringModelOf(models, argument)) ??
    (await chooseModel(services, candidates, {
      purpose: 'completion',
      title: t('Select the Model That Completes Code'),
    }));
  if (model === undefined) return;
  requireUsable(model);
  if (!models.isLoaded(model.id)) await loadModel.run(services, model.id);
  const engine = models.engine(model.id);
  // The user canceled the load.
  if (engine === undefined || !models.isLoaded(model.id)) return;
  await requireCompleter(services, model, engine);
  await models.choose(model.id, 'completion');
}

/** Throws an error for a model that cannot complete code. */
async function requireCompleter(
  { completions: { fillIn } }: CommandServices,
  model: AnsweringModel,
  engine: Engine,
): Promise<void> {
  const look = (signal?: AbortSignal) => fillIn.formatOf(model, engine, signal);
  if (fillIn.isUntested(model, engine))
    await withProgress(t('Trying how {0} completes code', model.label), (_, token) =>
      look(abortSignalOf(token)),
    );
  else await look();
}

/** Returns 1 for a model with the marks of most formats, which are listed first. */
function fits(model: AnsweringModel): number {
  const canInfill = isEndpointModel(model) ? model.abilities.infill : model.summary?.infill;
  return canInfill === true ? 1 : 0;
}
