/** Facts about a model of this machine, for the tooltip of its row and “Inspect Model”. Nothing is asked of a registry. */
import { availableParallelism } from 'node:os';
import * as vscode from 'vscode';
import { rounded } from '../../../assist/index.ts';
import { formatAge, formatBytes } from '../../../base/format.ts';
import { t } from '../../../base/l10n.ts';
import { expectedSpeed, judgeBySize } from '../../../catalog/index.ts';
import type { Fit, MachineMemory } from '../../../gguf/index.ts';
import type { EngineState } from '../../../inference/index.ts';
import { isPinned, type ListedModel, type ModelUse, type UpdateState } from '../../../session/index.ts';
import { defaultsText, type FactRow, fitText, judgedMachine, localFit } from '../../modelFacts.ts';
import { stateText } from './state.ts';
import type { LocalRows } from './view.ts';

/**
 * Returns the facts of a model. Unknown ones have no row.
 * @param same all names of the very same content. Defaults to none.
 */
export async function localFacts(
  { model, same = [] }: { readonly model: ListedModel; readonly same?: readonly ListedModel[] },
  { models, machine, use, updates }: LocalRows,
): Promise<FactRow[]> {
  const memory = await machine.memory();
  const used = await use?.of(model.manifestDigest);
  const fit = localFit(model, memory);
  const text = fit === undefined ? undefined : fitText(fit, memory);
  const twins = same.filter(({ id }) => id !== model.id);
  return [
    ...factRows(model, models.stateOf(model.id), text),
    ...(twins.length === 0 ? [] : [[t('Same content'), twins.map(({ id }) => id).join(', ')] as const]),
    ...useRows(model, { fit, memory, used }),
    ...updateRows(model, await updates?.of(model)),
  ];
}

function factRows(model: ListedModel, state: EngineState, memory: string | undefined): FactRow[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    [t('Reference'), model.id],
    [t('Digest'), model.manifestDigest],
    [t('Size'), formatBytes(model.sizeBytes)],
    [t('Quantization'), model.quantization],
    [t('Parameters'), model.parameters],
    [t('Architecture'), model.architecture],
    [t('Trained context'), model.contextTokens === undefined ? undefined : `${model.contextTokens}`],
    [t('Defaults'), defaultsText(model.defaults)],
    [t('Memory'), memory],
    [t('State'), model.reason ?? stateText(state)],
    [t('Problem'), model.problem],
  ];
  return rows.filter((row): row is FactRow => row[1] !== undefined);
}

/** The speed, measured here or expected, and the last use. */
function useRows(
  model: ListedModel,
  { fit, memory, used }: { fit: Fit | undefined; memory: MachineMemory; used: ModelUse | undefined },
): FactRow[] {
  const { tokensPerSecond: measured, usedAt } = used ?? {};
  const bytes = model.loadedBytes ?? model.sizeBytes;
  const verdict = fit?.verdict ?? judgeBySize({ bytes, name: model.id }, judgedMachine(memory));
  const expected = expectedSpeed({ bytes, name: model.id, verdict }, { cores: availableParallelism() });
  const speed =
    measured === undefined
      ? expected && t('about {0} tokens a second', rounded(expected))
      : t('{0} tokens a second, measured here', rounded(measured));
  const age = usedAt === undefined ? undefined : formatAge(Date.now() - usedAt, vscode.env.language);
  return [
    ...(!speed || model.reason !== undefined ? [] : [[t('Speed'), speed] as const]),
    ...(age === undefined ? [] : [[t('Last used'), age] as const]),
  ];
}

/** The state of the model against its registry. */
function updateRows(model: ListedModel, update: UpdateState | undefined): FactRow[] {
  if (isPinned(model)) return [[t('Updates'), t('none, because the name has a digest')]];
  if (update === undefined) return [];
  const age = formatAge(Date.now() - update.checkedAt, vscode.env.language);
  const text =
    update.missingBytes === undefined
      ? t('none, checked {0}', age)
      : t('one of {0}, found {1}', formatBytes(update.missingBytes), age);
  return [[t('Updates'), text]];
}
