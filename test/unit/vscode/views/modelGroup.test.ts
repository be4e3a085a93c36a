/** Names of one repository are below one row, and names of the same content say so. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { modelLabels } from '../../../../src/library/index.ts';
import { formatReference, parseReference } from '../../../../src/oci/index.ts';
import type { ListedModel, Session } from '../../../../src/session/index.ts';
import type { LocalNode } from '../../../../src/vscode/views/local/localView.ts';
import '../../../support/vscodeStub.ts';

const { LocalView } = await import('../../../../src/vscode/views/local/localView.ts');
const { Machine } = await import('../../../../src/vscode/window/machine.ts');
const { modelsOf } = await import('../../../../src/vscode/commands/model/argument.ts');

/** Models by their names, each with the content after `=`. */
function listed(names: readonly string[]): ListedModel[] {
  const models = names.map((text) => {
    const [name = '', content = name] = text.split('=');
    const reference = parseReference(name);
    const { registry, repository, tag = '' } = reference;
    const id = formatReference(reference);
    return {
      id,
      reference,
      name: `${registry}/${repository}`,
      tag,
      manifestDigest: content,
      sizeBytes: 98e6,
    };
  });
  const labels = modelLabels(models);
  return models.map((model) => {
    const { label = '', origin } = labels.get(model.id) ?? {};
    const name =
      origin === undefined ? { label } : { label: `${label} (${origin})`, namesake: { label, origin } };
    return { ...model, ...name } as unknown as ListedModel;
  });
}

function viewOf(models: readonly ListedModel[], loaded = '', updatable = '') {
  const session = {
    onDidChange: () => () => {},
    onDidChangeDownloads: () => () => {},
    list: async () => models,
    findStored: async (id: string) => models.find((one) => one.id === id),
    downloads: async () => [],
    endpoints: () => [],
    diskUse: async () => undefined,
    stateOf: (id: string) => (id === loaded ? 'ready' : 'unloaded'),
  } as unknown as Session;
  const updates = {
    of: async ({ id }: { readonly id: string }) =>
      id === updatable ? { missingBytes: 5e6, checkedAt: 0 } : undefined,
    onDidChange: () => () => {},
  };
  const view = new LocalView(session, new Machine(async () => undefined), undefined, updates);
  return { view, session };
}

/** The rows as `label | description`, those below others with two spaces. */
async function drawn(models: readonly ListedModel[], loaded?: string, updatable?: string): Promise<string[]> {
  const { view } = viewOf(models, loaded, updatable);
  const lines: string[] = [];
  for (const node of await view.getChildren()) {
    const { label, description, collapsibleState } = await view.getTreeItem(node);
    lines.push(`${label} | ${description}`);
    if (collapsibleState === 0) continue;
    for (const child of await view.getChildren(node)) {
      const item = await view.getTreeItem(child);
      lines.push(`  ${item.label} | ${item.description}`);
    }
  }
  view.dispose();
  return lines;
}

const TAIL = '98.0 MB · not loaded';

describe('the rows of models', () => {
  for (const [what, names, expected] of [
    ['one name', ['smollm2:135M'], [`smollm2:135M | ${TAIL}`]],
    [
      'two tags, and another model',
      ['gemma3:1B', 'smollm2:135M', 'smollm2:360M'],
      [`gemma3:1B | ${TAIL}`, 'smollm2 | 2 tags', `  135M | ${TAIL}`, `  360M | ${TAIL}`],
    ],
    [
      'two tags of the same content',
      ['smollm2:135M=a', 'smollm2:latest=a'],
      [
        'smollm2 | 2 tags',
        `  135M | ${TAIL} · same content as latest`,
        `  latest | ${TAIL} · same content as 135M`,
      ],
    ],
    [
      'the same content from two hosts',
      ['smollm2:135M=a', 'ghcr.io/org/smollm2:135M=a'],
      [
        `smollm2:135M | Docker Hub · ${TAIL} · same content as smollm2:135M (ghcr.io)`,
        `smollm2:135M | ghcr.io · ${TAIL} · same content as smollm2:135M (Docker Hub)`,
      ],
    ],
    [
      'a repository of two hosts',
      [
        'smollm2:135M',
        'smollm2:360M',
        'ghcr.io/org/smollm2:1=a',
        'ghcr.io/org/smollm2:2=a',
        'quay.io/o/m:3=a',
      ],
      [
        'smollm2 | Docker Hub · 2 tags',
        `  135M | ${TAIL}`,
        `  360M | ${TAIL}`,
        'smollm2 | ghcr.io · 2 tags',
        `  1 | ${TAIL} · same content as 2 others`,
        `  2 | ${TAIL} · same content as 2 others`,
        `m:3 | ${TAIL} · same content as 2 others`,
      ],
    ],
  ] as const) {
    test(`of ${what}`, async () => assert.deepEqual(await drawn(listed(names)), expected));
  }

  test('tell in the row of a repository what is loaded and has updates', async () => {
    const models = listed(['smollm2:135M', 'smollm2:360M']);
    const [first] = await drawn(models, models[0]?.id, models[1]?.id);
    assert.equal(first, 'smollm2 | update · 2 tags · loaded');
  });

  test('have ids of their own, words for menus, and the whole name for screen readers', async () => {
    const { view } = viewOf(listed(['smollm2:135M', 'smollm2:360M']));
    const [group] = await view.getChildren();
    assert.ok(group);
    const { id, contextValue } = await view.getTreeItem(group);
    assert.deepEqual([id, contextValue], ['group docker.io/ai/smollm2', 'modelGroup']);
    const items = await Promise.all((await view.getChildren(group)).map((node) => view.getTreeItem(node)));
    assert.deepEqual(
      items.map((item) => [item.id, item.contextValue, item.accessibilityInformation?.label]),
      [
        ['docker.io/ai/smollm2:135M', 'localModel;page;unloaded', `smollm2:135M, ${TAIL}`],
        ['docker.io/ai/smollm2:360M', 'localModel;page;unloaded', `smollm2:360M, ${TAIL}`],
      ],
    );
    view.dispose();
  });
});

test('thousands of names of one content share the list of each other', async () => {
  const { view } = viewOf(listed(Array.from({ length: 3000 }, (_, index) => `m${index}:1=a`)));
  const nodes = await view.getChildren();
  const lists = new Set(nodes.flatMap((node) => (node.kind === 'model' ? [node.same] : [])));
  assert.equal(lists.size, 1);
  const item = await view.getTreeItem(nodes[2999] as LocalNode);
  assert.equal(item.description, `${TAIL} · same content as 2999 others`);
  view.dispose();
});

test('a command on the row of a repository acts on all of its models, once, and on others that are selected', async () => {
  const { view, session } = viewOf(listed(['gemma3:1B', 'smollm2:135M', 'smollm2:360M']));
  const [gemma, group] = await view.getChildren();
  const [child] = await view.getChildren(group);
  const all = ['gemma3:1B', 'smollm2:135M', 'smollm2:360M'];
  for (const [argument, selection, selected, expected] of [
    [group, undefined, [], all.slice(1)],
    [group, [group], [], all.slice(1)],
    [group, [gemma, group], [], all],
    [group, [group, child], [], all.slice(1)],
    [child, [child], [], ['smollm2:135M']],
    [{ selection: true }, undefined, [group, child], all.slice(1)],
    [{ selection: true }, undefined, [], []],
  ] as const) {
    const services = { models: session, selectedLocal: () => selected as never };
    const found = await modelsOf(services, argument, selection);
    assert.deepEqual(
      found.map(({ label }) => label),
      expected,
    );
  }
  view.dispose();
});
