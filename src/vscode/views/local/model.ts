import * as vscode from 'vscode';
import { rounded } from '../../../assist/index.ts';
import { formatBytes } from '../../../base/format.ts';
import { type Localized, t } from '../../../base/l10n.ts';
import { webPage } from '../../../catalog/index.ts';
import type { EngineState } from '../../../inference/index.ts';
import { type ListedModel, rowLabel, type UpdateState } from '../../../session/index.ts';
import type { CommandId } from '../../commands/ids.generated.ts';
import type { RowWord } from '../../commands/when.ts';
import { factsText } from '../../modelFacts.ts';
import { treeRow } from '../row.ts';
import type { RowKind } from '../rowKind.ts';
import { localFacts } from './facts.ts';
import { isLoaded, stateText } from './state.ts';
import type { LocalRows } from './view.ts';

export interface ModelNode {
  readonly kind: 'model';
  readonly model: ListedModel;
  /** All names of the very same content, this one among them. Undefined if it is the only one. */
  readonly same?: readonly ListedModel[];
  /** True for a row below that of the repository. */
  readonly isTag?: boolean;
}

export const modelRow: RowKind<ModelNode, LocalRows> = {
  kind: 'model',
  item: async (node, { models, use, updates }) => {
    const { model, isTag = false } = node;
    const state = models.stateOf(model.id);
    const update = await updates?.of(model);
    const missingBytes = hasUpdate(model, update) ? update?.missingBytes : undefined;
    const speed = (await use?.of(model.manifestDigest))?.tokensPerSecond;
    return treeRow({
      label: isTag ? model.tag : rowLabel(model).label,
      // A tag alone says nothing to those who do not see what it is below.
      ...(isTag ? { spoken: rowLabel(model).label } : {}),
      id: model.id,
      description: describe(node, state, { speed, missingBytes }),
      words: [
        'localModel',
        usability(model, state),
        webPage(model.reference) !== undefined && 'page',
        missingBytes !== undefined && 'updatable',
      ],
      icon: icon(model, state),
    });
  },
  opens: (): CommandId => 'ociModels.model.inspect',
  details: async (node, rows) => factsText(await localFacts(node, rows)),
};

/** Tells whether a model's row offers an update. A damaged model is repaired by pulling it again. */
export function hasUpdate({ problem }: ListedModel, update: UpdateState | undefined): boolean {
  return problem === undefined && update?.missingBytes !== undefined;
}

/** More about a model for its row. */
interface RowFacts {
  /** Measured tokens a second. */
  readonly speed: number | undefined;
  /** Bytes of an update; undefined if none is known. */
  readonly missingBytes: number | undefined;
}

function describe(
  { model, same = [], isTag = false }: ModelNode,
  state: EngineState,
  { speed, missingBytes }: RowFacts,
): string {
  const origin = isTag ? undefined : rowLabel(model).origin;
  if (model.problem !== undefined) return [origin, t('damaged')].filter(Boolean).join(' · ');
  // Behind other parts, so it does not begin as a sentence.
  const text = model.reason?.replace(/^N/, 'n').replace(/\.$/, '') ?? stateText(state);
  const measured = speed === undefined ? undefined : t('{0} tokens/s', rounded(speed));
  const update = missingBytes === undefined ? undefined : t('update');
  const more = missingBytes === undefined ? undefined : t('+{0}', formatBytes(missingBytes));
  const parts = [
    origin,
    update,
    more,
    formatBytes(model.sizeBytes),
    model.quantization,
    text,
    measured,
    twinText(model, same, isTag),
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

/** Says that other names stand for the same content, which is on disk and in memory once. */
function twinText(model: ListedModel, same: readonly ListedModel[], isTag: boolean): Localized | undefined {
  // The first or the second one, however many there are.
  const twin = same.find(({ id }) => id !== model.id);
  if (twin === undefined) return undefined;
  if (same.length > 2) return t('same content as {0} others', same.length - 1);
  const isNear = isTag && twin.name === model.name;
  return t('same content as {0}', isNear ? twin.tag : twin.label);
}

/** The word of the commands that a model's row can have. */
function usability({ problem, reason, format }: ListedModel, state: EngineState): RowWord {
  if (problem !== undefined) return 'damaged';
  if (reason !== undefined) return format === 'safetensors' ? 'safetensors' : 'foreign';
  if (state === 'loading') return 'loading';
  return isLoaded(state) ? 'loaded' : 'unloaded';
}

/** The icon of rows with something in memory. */
export function loadedIcon(): vscode.ThemeIcon {
  return new vscode.ThemeIcon('circle-filled', new vscode.ThemeColor('testing.iconPassed'));
}

function icon(model: ListedModel, state: EngineState): vscode.ThemeIcon {
  if (model.problem !== undefined || state === 'crashed') {
    return new vscode.ThemeIcon('warning', new vscode.ThemeColor('problemsWarningIcon.foreground'));
  }
  if (model.reason !== undefined) return new vscode.ThemeIcon('archive');
  if (state === 'loading') return new vscode.ThemeIcon('loading~spin');
  return isLoaded(state) ? loadedIcon() : new vscode.ThemeIcon('circle-outline');
}
