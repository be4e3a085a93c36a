/** What the commands that give out a model's files share. */
import * as vscode from 'vscode';
import { ModelError } from '../../../base/error.ts';
import type { NamedFile } from '../../../store/index.ts';
import type { ListedModel } from '../../models.ts';
import type { CommandServices } from '../command.ts';
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
 * The GGUF files of a model under their own names, the one to run first. Names that somebody removed are put back.
 * @throws ModelError `not-found` where the content is gone too.
 */
export async function ggufsOf({ store, models }: CommandServices, model: ListedModel): Promise<NamedFile[]> {
  const files = await (await store()).restoreFiles(model.reference);
  const ggufs = files.filter(({ name }) => name.toLowerCase().endsWith('.gguf'));
  if (model.problem !== undefined) models.refresh();
  if (ggufs.length > 0) {
    return ggufs.sort((a, b) => Number(b.path === model.modelPath) - Number(a.path === model.modelPath));
  }
  throw new ModelError('not-found', vscode.l10n.t('{0} has no GGUF file.', model.label));
}
