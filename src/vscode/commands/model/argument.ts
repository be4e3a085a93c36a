/** Finds the model or reference that a command refers to: from its row, from its caller, or by asking. */
import * as vscode from 'vscode';
import { ModelError } from '../../../base/error.ts';
import { formatBytes } from '../../../base/format.ts';
import { type Localized, t } from '../../../base/l10n.ts';
import { formatReference, parseReference, parseTypedReference, type Reference } from '../../../oci/index.ts';
import {
  type AnsweringModel,
  isEndpointId,
  isEndpointModel,
  type ListedModel,
  rowLabel,
  type Session,
} from '../../../session/index.ts';
import { contextText } from '../../endpoint/endpointFacts.ts';
import { messageOf } from '../../window/errors.ts';
import { askForText, type Choice, type InputRemark, pickOne } from '../../window/notify.ts';
import { property } from '../property.ts';
import type { CommandServices } from '../services.ts';

/** Returns the reference of a tag's or a model's row, or of a text; undefined for anything else. */
export function referenceOf(argument: unknown): Reference | undefined {
  if (typeof argument === 'string') return parseReference(argument);
  const id = property(property(argument, 'model'), 'id');
  if (typeof id === 'string') return parseReference(id);
  const reference = property(argument, 'reference');
  const registry = property(reference, 'registry');
  return typeof registry === 'string' ? parseReference(formatReference(reference as Reference)) : undefined;
}

/** Returns the repository of a row of the Registries view that has no tag; undefined for anything else. */
export function repositoryOf(
  argument: unknown,
): { readonly registry: string; readonly repository: string } | undefined {
  const repository = property(argument, 'repository');
  const registry = property(property(argument, 'entry'), 'host');
  return typeof repository === 'string' && typeof registry === 'string'
    ? { registry, repository }
    : undefined;
}

/**
 * Returns the stored model that `argument` names, or undefined if it names none.
 * @throws ModelError `not-found` if it names a model that is not stored.
 */
export async function modelOf(models: Session, argument: unknown): Promise<ListedModel | undefined> {
  const reference = referenceOf(argument);
  if (reference === undefined) return undefined;
  const id = formatReference(reference);
  const model = await models.findStored(id);
  if (model !== undefined) return model;
  throw new ModelError('not-found', t('{0} is not on this machine. Pull it first.', id));
}

/** The argument of keys, which act on the rows that are selected in the Local Models view. */
export const ON_SELECTION = { selection: true } as const;

/**
 * Returns the stored models that a command was started on: those of all selected rows, or the one that `argument` names.
 * The row of a repository stands for all of its models.
 * Rows of other kinds among them are passed over, and so are models that are gone meanwhile.
 * @throws ModelError `not-found` if none of them is stored.
 */
export async function modelsOf(
  { models, selectedLocal }: Pick<CommandServices, 'models' | 'selectedLocal'>,
  argument: unknown,
  selection: unknown,
): Promise<ListedModel[]> {
  const isByKey = property(argument, 'selection') === true;
  const isGroup = property(argument, 'kind') === 'modelGroup';
  const selected: readonly unknown[] = isByKey ? selectedLocal() : Array.isArray(selection) ? selection : [];
  const rows = selected.length === 0 && isGroup ? [argument] : selected;
  if (!isByKey && !isGroup && rows.length < 2) {
    const model = await modelOf(models, argument);
    return model === undefined ? [] : [model];
  }
  const ids = new Set(rows.flatMap(modelIdsOf));
  const found = (await models.list()).filter(({ id }) => ids.has(id));
  // Without any, commands would take another model, or all of them.
  if (found.length === 0 && !isByKey)
    throw new ModelError('not-found', t('These models are not on this machine any more.'));
  return found;
}

/** The ids of the stored models of a row. */
function modelIdsOf(row: unknown): unknown[] {
  switch (property(row, 'kind')) {
    case 'model':
      return [property(property(row, 'model'), 'id')];
    case 'modelGroup': {
      const models = property(row, 'models');
      return Array.isArray(models) ? models.map((model) => property(model, 'id')) : [];
    }
    default:
      return [];
  }
}

/**
 * Returns the stored model or the model on a server that `argument` names, or undefined if it names none.
 * @throws ModelError `not-found` if it names one that is gone.
 */
export async function answeringModelOf(
  models: Session,
  argument: unknown,
): Promise<AnsweringModel | undefined> {
  const id = typeof argument === 'string' ? argument : property(property(argument, 'model'), 'id');
  if (typeof id !== 'string' || !isEndpointId(id)) return modelOf(models, argument);
  const model = await models.find(id);
  if (model !== undefined) return model;
  throw new ModelError('not-found', t('The endpoint of this model was removed. Choose another model.'));
}

/** Asks for one of `candidates`. @returns undefined if the user picked none. */
export async function pickModel<Model extends AnsweringModel>(
  candidates: readonly Model[],
  models: Session,
  title: Localized,
): Promise<Model | undefined> {
  const items = candidates.map((model) => modelRow(model, models));
  const placeHolder = t('Choose a model');
  return (await pickOne(items, { title, placeHolder, matchOnDescription: true }))?.model;
}

/** The row of a model in a list. */
export function modelRow<Model extends AnsweringModel>(
  model: Model,
  models: Pick<Session, 'isLoaded'>,
): Choice & { readonly model: Model } {
  return {
    model,
    icon: models.isLoaded(model.id) ? 'circle-filled' : 'circle-outline',
    label: rowLabel(model).label,
    description: descriptionOf(model),
    detail: model.problem ?? '',
  };
}

function descriptionOf(model: AnsweringModel): string {
  const parts = isEndpointModel(model)
    ? [model.endpoint.name, contextText(model.contextTokens)]
    : [rowLabel(model).origin, formatBytes(model.sizeBytes), model.quantization];
  return parts.filter(Boolean).join(' · ');
}

/**
 * Asks for the name of a model in a registry.
 * @param announce describes the effect on a name while it is typed.
 * @returns undefined if the user entered none.
 */
export async function askForReference(
  title: Localized,
  announce: (name: string) => Localized,
): Promise<Reference | undefined> {
  const text = await askForText({
    title,
    prompt: t('Type a model name, for example smollm2:135M-Q4_0 or ghcr.io/org/model:tag'),
    placeHolder: 'smollm2:135M-Q4_0',
    validate: (typed) => validate(typed, announce),
  });
  return text === undefined ? undefined : parseTypedReference(text);
}

/** Returns the flaw of a name, or its full form as a remark. */
function validate(text: string, announce: (name: string) => Localized): InputRemark {
  if (text.trim() === '') return undefined;
  try {
    const message = announce(formatReference(parseTypedReference(text)));
    return { message, severity: vscode.InputBoxValidationSeverity.Info };
  } catch (error) {
    return { message: messageOf(error), severity: vscode.InputBoxValidationSeverity.Error };
  }
}
