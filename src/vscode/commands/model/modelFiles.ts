/** Files of a model, for the commands that hand them out. */
import { ModelError } from '../../../base/error.ts';
import { type Localized, t } from '../../../base/l10n.ts';
import type { ModelPart } from '../../../export/index.ts';
import type { ListedModel } from '../../../session/index.ts';
import type { NamedFile } from '../../../store/index.ts';
import type { CommandServices } from '../services.ts';
import { modelOf, pickModel } from './argument.ts';

/** Returns the model of a row or a caller, or the picked one; undefined if none is picked. */
export async function chooseModel(
  { models }: CommandServices,
  argument: unknown,
  title: Localized,
): Promise<ListedModel | undefined> {
  const given = await modelOf(models, argument);
  if (given !== undefined) return given;
  const candidates = await models.list();
  // Throws an error that says that there is no model, with a button that pulls one.
  if (candidates.length === 0) await models.chosen();
  return pickModel(candidates, models, title);
}

/**
 * Returns the files of a model that are run, under their own names, the first one first: the GGUFs, or all files of a
 * model in another format. Restores names that were removed.
 * @throws ModelError `not-found` if the content is gone too.
 */
export async function ggufsOf({ store, models }: CommandServices, model: ListedModel): Promise<NamedFile[]> {
  const files = await (await store()).restoreFiles(model.reference);
  const ggufs = files.filter(({ name }) => name.toLowerCase().endsWith('.gguf'));
  if (model.problem !== undefined) models.refresh();
  const chosen = ggufs.length === 0 && model.reason !== undefined ? files : ggufs;
  if (chosen.length > 0) {
    return chosen.sort((a, b) => Number(b.path === model.modelPath) - Number(a.path === model.modelPath));
  }
  throw new ModelError('not-found', t('{0} has no GGUF file.', model.label));
}

/** Returns all files of a model with their digests, weights in load order. @throws ModelError as {@link ggufsOf}. */
export async function partsOf({ store }: CommandServices, model: ListedModel): Promise<ModelPart[]> {
  const open = await store();
  const files = await open.restoreFiles(model.reference);
  const stored = await open.getReference(model.reference);
  const digests = new Map(stored?.files.map(({ name, digest }) => [name, digest]));
  return files.flatMap(({ name, path }) => {
    const digest = digests.get(name);
    return digest === undefined ? [] : [{ name, path, digest }];
  });
}
