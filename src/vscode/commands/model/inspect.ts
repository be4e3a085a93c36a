/** “Inspect Model…”: describes a model before any of it is pulled. */
import * as vscode from 'vscode';
import { asLocalized, t } from '../../../base/l10n.ts';
import { singleLine } from '../../../base/text.ts';
import type { Inspection } from '../../../catalog/index.ts';
import { familiarReference, formatReference, type Reference } from '../../../oci/index.ts';
import type { ListedModel } from '../../../session/index.ts';
import { inspectionRows } from '../../modelFacts.ts';
import { whyNotHere } from '../../runnability.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { describeForLog } from '../../window/errors.ts';
import { type Choice, pickOne, withProgress } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { ON_TAG } from '../when.ts';
import { askForReference, referenceOf } from './argument.ts';

export const inspectModel = defineCommand({
  id: 'ociModels.model.inspect',
  title: 'Inspect Model…',
  icon: 'info',
  when: ON_TAG,
  menus: { 'view/item/context': ['1_pull@2'] },
  run,
});

interface Item extends Choice {
  /** Copied when the row is chosen; undefined on the row that pulls. */
  readonly value?: string;
}

/** @returns the description, or undefined. */
async function run(services: CommandServices, argument: unknown): Promise<Inspection | undefined> {
  const title = t('Inspect Model');
  const reference =
    referenceOf(argument) ?? (await askForReference(title, (name) => t('Inspects {0}', name)));
  if (reference === undefined) return undefined;
  const inspection = await withProgress(
    t('Inspecting {0}', familiarReference(reference)),
    async (_progress, token) =>
      services.inspector.inspect(reference, { extent: 'whole', signal: abortSignalOf(token) }),
  );
  const [machine, local, reason] = await Promise.all([
    services.machine.memory(),
    localModel(services, inspection.manifestDigest),
    whyNotHere(inspection, services.architectures),
  ]);
  const facts = inspectionRows(inspection, machine, local?.defaults, reason).map(
    ([name, value]): Item => ({ label: name, description: value, value: singleLine(value) }),
  );
  // The command does not wait until the list is closed.
  void show(services, reference, facts);
  return inspection;
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

async function show({ pulls }: CommandServices, reference: Reference, facts: readonly Item[]) {
  const pull: Item = { icon: 'cloud-download', label: t('Pull OCI Model') };
  const separator: Item = {
    label: t('Choose a row to copy it'),
    kind: vscode.QuickPickItemKind.Separator,
  };
  const chosen = await pickOne<Item>([pull, separator, ...facts], {
    // Names have no words to translate.
    title: asLocalized(familiarReference(reference)),
    placeHolder: asLocalized(formatReference(reference)),
    matchOnDescription: true,
  });
  if (chosen === undefined) return;
  if (chosen.value === undefined) await pulls.pull(reference);
  else await vscode.env.clipboard.writeText(chosen.value);
}
