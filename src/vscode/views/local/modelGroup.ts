/** The models of the view: one row for each repository, with its tags below if there are several. */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { labelsOf, lastPart, type ShortLabel } from '../../../library/index.ts';
import type { ListedModel } from '../../../session/index.ts';
import { factsText } from '../../modelFacts.ts';
import { treeRow } from '../row.ts';
import type { RowKind } from '../rowKind.ts';
import { hasUpdate, loadedIcon, type ModelNode } from './model.ts';
import { isLoaded } from './state.ts';
import type { LocalRows } from './view.ts';

interface ModelGroupNode extends ShortLabel {
  readonly kind: 'modelGroup';
  /** The repository with its registry: `docker.io/ai/smollm2`. */
  readonly id: string;
  /** Several of one repository. */
  readonly models: readonly ListedModel[];
  /** Names of models by the digest of their manifests. */
  readonly byContent: ReadonlyMap<string, readonly ListedModel[]>;
}

export const modelGroupRow: RowKind<ModelGroupNode, LocalRows, ModelNode> = {
  kind: 'modelGroup',
  top: async ({ models }) => groupModels(await models.list()),
  item: async ({ id, label, origin, models: tags }, { models, updates }) => {
    const states = await Promise.all(tags.map(async (model) => hasUpdate(model, await updates?.of(model))));
    const isAnyLoaded = tags.some((model) => isLoaded(models.stateOf(model.id)));
    const parts = [
      origin,
      states.includes(true) ? t('update') : undefined,
      t('{0} tags', tags.length),
      isAnyLoaded ? t('loaded') : undefined,
    ];
    return treeRow({
      label,
      expanded: true,
      id: `group ${id}`,
      description: parts.filter((part) => part !== undefined).join(' · '),
      words: ['modelGroup'],
      icon: isAnyLoaded ? loadedIcon() : new vscode.ThemeIcon('package'),
      tooltip: factsText([
        [t('Repository'), id],
        [t('Tags'), tags.map(({ tag }) => tag).join(', ')],
      ]),
    });
  },
  children: async ({ models, byContent }) => models.map((model) => modelNode(model, byContent, true)),
};

/** Lists models by repository, in the order of the first of each. */
function groupModels(models: readonly ListedModel[]): (ModelNode | ModelGroupNode)[] {
  const byContent = by(models, ({ manifestDigest }) => manifestDigest);
  const repositories = [...by(models, repositoryOf)].map(([id, tags]) => ({ id, tags }));
  const labels = labelsOf(
    repositories.flatMap(({ id, tags: [first] }) =>
      first === undefined ? [] : [{ id, reference: first.reference }],
    ),
    ({ reference }) => lastPart(reference.repository),
  );
  return repositories.flatMap(({ id, tags }): (ModelNode | ModelGroupNode)[] =>
    tags.length > 1
      ? [{ kind: 'modelGroup', id, ...(labels.get(id) ?? { label: id }), models: tags, byContent }]
      : tags.map((model) => modelNode(model, byContent, false)),
  );
}

function modelNode(
  model: ListedModel,
  byContent: ReadonlyMap<string, readonly ListedModel[]>,
  isTag: boolean,
): ModelNode {
  // Shared by the rows of the same content, of which there may be thousands.
  const same = byContent.get(model.manifestDigest) ?? [];
  return { kind: 'model', model, ...(same.length < 2 ? {} : { same }), ...(isTag ? { isTag } : {}) };
}

function repositoryOf({ reference: { registry, repository } }: ListedModel): string {
  return `${registry}/${repository}`;
}

function by(
  models: readonly ListedModel[],
  keyOf: (model: ListedModel) => string,
): Map<string, ListedModel[]> {
  const groups = new Map<string, ListedModel[]>();
  for (const model of models) {
    const group = groups.get(keyOf(model));
    if (group === undefined) groups.set(keyOf(model), [model]);
    else group.push(model);
  }
  return groups;
}
