/** Which model or reference a command is about: from the row it was started on, from its caller, or asked for. */
import * as vscode from 'vscode';
import { ModelError } from '../../../base/error.ts';
import { formatBytes } from '../../../base/format.ts';
import { t } from '../../../base/l10n.ts';
import { formatReference, parseReference, type Reference } from '../../../oci/index.ts';
import type { ListedModel, Session } from '../../../session/index.ts';
import { askForText, pickOne } from '../../window/notify.ts';
import { property } from '../property.ts';

/** The reference of a tag's or a model's row, or of a text; undefined for anything else. */
export function referenceOf(argument: unknown): Reference | undefined {
  if (typeof argument === 'string') return parseReference(argument);
  const id = property(property(argument, 'model'), 'id');
  if (typeof id === 'string') return parseReference(id);
  const reference = property(argument, 'reference');
  const registry = property(reference, 'registry');
  return typeof registry === 'string' ? parseReference(formatReference(reference as Reference)) : undefined;
}

/**
 * The stored model that `argument` names; undefined where it names none.
 * @throws ModelError `not-found` where it names one that is not stored.
 */
export async function modelOf(models: Session, argument: unknown): Promise<ListedModel | undefined> {
  const reference = referenceOf(argument);
  if (reference === undefined) return undefined;
  const id = formatReference(reference);
  const model = await models.find(id);
  if (model !== undefined) return model;
  throw new ModelError('not-found', t('{0} is not on this machine. Pull it first.', id));
}

/** Asks for one of `candidates`. @returns undefined where the user picked none. */
export async function pickModel(
  candidates: readonly ListedModel[],
  models: Session,
  title: string,
): Promise<ListedModel | undefined> {
  const items = candidates.map((model) => ({
    model,
    icon: models.isLoaded(model.id) ? 'circle-filled' : 'circle-outline',
    label: model.label,
    description: [formatBytes(model.sizeBytes), model.quantization].filter(Boolean).join(' · '),
    detail: model.problem ?? '',
  }));
  const placeHolder = t('Choose a local model');
  return (await pickOne(items, { title, placeHolder, matchOnDescription: true }))?.model;
}

/**
 * Asks for the name of a model in a registry.
 * @param announce says what will be done with a name, while it is typed.
 * @returns undefined where the user gave none.
 */
export async function askForReference(
  title: string,
  announce: (name: string) => string,
): Promise<Reference | undefined> {
  const text = await askForText({
    title,
    prompt: t('A model’s name, such as smollm2:135M-Q4_0 or ghcr.io/org/model:tag'),
    placeHolder: 'smollm2:135M-Q4_0',
    validate: (typed) => validate(typed, announce),
  });
  return text === undefined ? undefined : parseReference(text);
}

/** What is wrong, or the full name of what is meant. */
function validate(
  text: string,
  announce: (name: string) => string,
): vscode.InputBoxValidationMessage | undefined {
  if (text.trim() === '') return undefined;
  try {
    const message = announce(formatReference(parseReference(text)));
    return { message, severity: vscode.InputBoxValidationSeverity.Info };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { message, severity: vscode.InputBoxValidationSeverity.Error };
  }
}
