/** “Unload Model”: frees the memory of a model, or of all selected ones. */
import { t } from '../../../base/l10n.ts';
import type { ListedModel, Session } from '../../../session/index.ts';
import { showInfo } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { HAS_STORED, IN_LOCAL, rowHas } from '../when.ts';
import { modelsOf, pickModel } from './argument.ts';

export const unloadModel = defineCommand({
  id: 'ociModels.model.unload',
  title: 'Unload Model',
  icon: 'debug-stop',
  when: `${IN_LOCAL} && ${rowHas('loaded')}`,
  menus: { 'view/item/context': ['inline@1', '1_run@1'] },
  palette: HAS_STORED,
  run,
});

async function run(services: CommandServices, argument: unknown, selection?: unknown): Promise<void> {
  const { models } = services;
  const chosen = await modelsOf(services, argument, selection);
  const picked = chosen.length > 0 ? undefined : await pickLoaded(models);
  // A selection may have models that are not loaded.
  await Promise.all(
    [...chosen, ...(picked === undefined ? [] : [picked])].map(({ id }) => models.unload(id)),
  );
}

async function pickLoaded(models: Session): Promise<ListedModel | undefined> {
  const loaded = (await models.list()).filter((model) => models.isLoaded(model.id));
  if (loaded.length === 0) {
    void showInfo(t('No model is loaded.'));
    return undefined;
  }
  return loaded.length === 1 ? loaded[0] : pickModel(loaded, models, t('Unload Model'));
}
