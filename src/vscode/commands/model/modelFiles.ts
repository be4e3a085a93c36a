/** What the commands that give out a model's files share. */
import { ModelError } from '../../../base/error.ts';
import { t } from '../../../base/l10n.ts';
import type { ModelPart } from '../../../export/index.ts';
import type { ListedModel } from '../../../session/index.ts';
import type { NamedFile } from '../../../store/index.ts';
import type { CommandServices } from '../services.ts';
import { modelOf, pickModel } from './argument.ts';

/** The model of a row or a caller, or the one that is picked; undefined where none is. */
export async function chooseModel(
  { models }: CommandServices,
  argument: unknown,
  title: string,
): Promise<ListedModel | undefined> {
  const given = await modelOf(models, argument);
  if (given !== undefined) return given;
  const candidates = await models.list();
  // Says that there is no model, with a button that pulls one.
  if (candidates.length === 0) await models.chosen();
  return pickModel(candidates, models, title);
}

/**
 * The files of a model that are run, under their own names, the first one first: the GGUFs, or all files of a model
 * of another format. Names that somebody removed are put back.
 * @throws ModelError `not-found` where the content is gone too.
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

/** All files of a model with their digests, weights in load order. @throws ModelError as {@link ggufsOf}. */
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
