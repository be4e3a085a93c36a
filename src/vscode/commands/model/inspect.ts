/** “Inspect Model…”: describes a model before any of it is pulled, or one of this machine or an endpoint without asking. */
import * as vscode from 'vscode';
import { ModelError } from '../../../base/error.ts';
import { asLocalized, t } from '../../../base/l10n.ts';
import { singleLine } from '../../../base/text.ts';
import type { Inspection } from '../../../catalog/index.ts';
import { familiarReference, formatReference, type Reference } from '../../../oci/index.ts';
import { isEndpointModel, type ListedModel } from '../../../session/index.ts';
import { endpointModelFacts } from '../../endpoint/endpointFacts.ts';
import { type FactRow, inspectionRows } from '../../modelFacts.ts';
import { whyNotHere } from '../../runnability.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { describeForLog, messageOf } from '../../window/errors.ts';
import { type Choice, pickOne, withProgress } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import { property } from '../property.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL, ON_TAG, rowHas } from '../when.ts';
import { answeringModelOf, askForReference, modelOf, referenceOf } from './argument.ts';

export const inspectModel = defineCommand({
  id: 'ociModels.model.inspect',
  title: 'Inspect Model…',
  icon: 'info',
  menus: {
    'view/item/context': [
      { group: '1_pull@2', when: ON_TAG },
      { group: '3_options@2', when: `${IN_LOCAL} && ${rowHas('localModel', 'endpointModel')}` },
    ],
  },
  run,
});

interface Item extends Choice {
  /** Copied when the row is chosen; undefined on the row that pulls. */
  readonly value?: string;
}

/** @returns the description of a model in a registry, or undefined. */
async function run(services: CommandServices, argument: unknown): Promise<Inspection | undefined> {
  if (property(argument, 'kind') === 'model') {
    const model = await modelOf(services.models, argument);
    if (model !== undefined)
      void showHere(familiarReference(model.reference), model.id, await services.localView.factsOf(model));
    return undefined;
  }
  if (property(argument, 'kind') === 'endpointModel') {
    const model = await answeringModelOf(services.models, argument);
    if (model !== undefined && isEndpointModel(model))
      void showHere(model.label, model.endpoint.url, endpointModelFacts(model));
    return undefined;
  }
  const title = t('Inspect Model');
  const reference =
    referenceOf(argument) ?? (await askForReference(title, (name) => t('Inspects {0}', name)));
  if (reference === undefined) return undefined;
  const inspection = await inspectOrShowHere(services, reference);
  if (inspection === undefined) return undefined;
  const [machine, local, reason] = await Promise.all([
    services.machine.memory(),
    localModel(services, inspection.manifestDigest),
    whyNotHere(inspection, services.architectures),
  ]);
  const facts = itemsOf(inspectionRows(inspection, machine, local?.defaults, reason));
  // The command does not wait until the list is closed.
  void show(services, reference, facts);
  return inspection;
}

/**
 * Asks the registry. If it does not answer and the model is on this machine, shows what is known here below the reason.
 * @returns undefined if that was shown.
 */
async function inspectOrShowHere(
  services: CommandServices,
  reference: Reference,
): Promise<Inspection | undefined> {
  try {
    return await withProgress(t('Inspecting {0}', familiarReference(reference)), async (_progress, token) =>
      services.inspector.inspect(reference, { extent: 'whole', signal: abortSignalOf(token) }),
    );
  } catch (error) {
    const isCancelled = error instanceof ModelError && error.code === 'cancelled';
    const stored = isCancelled ? undefined : await storedFacts(services, reference);
    if (stored === undefined) throw error;
    services.output.warn(describeForLog(error));
    const reason: FactRow = [t('From this machine, because'), messageOf(error)];
    void showHere(familiarReference(reference), stored.id, [reason, ...stored.rows]);
    return undefined;
  }
}

/** Returns what this machine knows of the model that it has under a reference. An unreadable store has none. */
async function storedFacts(
  { models, localView, output }: CommandServices,
  reference: Reference,
): Promise<{ readonly id: string; readonly rows: readonly FactRow[] } | undefined> {
  try {
    const model = await models.findStored(formatReference(reference));
    return model && { id: model.id, rows: await localView.factsOf(model) };
  } catch (error) {
    output.warn(describeForLog(error));
    return undefined;
  }
}

/** Returns the same model on this machine. An unreadable store does not prevent a look at a registry. */
async function localModel(
  { models, output }: CommandServices,
  manifestDigest: string,
): Promise<ListedModel | undefined> {
  try {
    return (await models.list()).find((model) => model.manifestDigest === manifestDigest);
  } catch (error) {
    output.warn(describeForLog(error));
    return undefined;
  }
}

/** Rows that are copied when they are chosen, below a line that says so. */
function itemsOf(rows: readonly FactRow[]): Item[] {
  const separator: Item = { label: t('Choose a row to copy it'), kind: vscode.QuickPickItemKind.Separator };
  return [
    separator,
    ...rows.map(([name, value]): Item => ({ label: name, description: value, value: singleLine(value) })),
  ];
}

/** Shows what is known here. @param whole tells models of the same short name apart. */
async function showHere(name: string, whole: string, rows: readonly FactRow[]): Promise<void> {
  // Names have no words to translate.
  const names = { title: asLocalized(name), placeHolder: asLocalized(whole) };
  const chosen = await pickOne<Item>(itemsOf(rows), { ...names, matchOnDescription: true });
  if (chosen?.value !== undefined) await vscode.env.clipboard.writeText(chosen.value);
}

async function show({ pulls }: CommandServices, reference: Reference, facts: readonly Item[]) {
  const pull: Item = { icon: 'cloud-download', label: t('Pull OCI Model') };
  const chosen = await pickOne<Item>([pull, ...facts], {
    // Names have no words to translate.
    title: asLocalized(familiarReference(reference)),
    placeHolder: asLocalized(formatReference(reference)),
    matchOnDescription: true,
  });
  if (chosen === undefined) return;
  if (chosen.value === undefined) await pulls.pull(reference);
  else await vscode.env.clipboard.writeText(chosen.value);
}
