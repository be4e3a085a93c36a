/** Two models of one name from two hosts: all lists keep the name short and show the host beside it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseModelQuery } from '../../../src/catalog/index.ts';
import type { ListedModel, Session } from '../../../src/session/index.ts';
import '../../support/vscodeStub.ts';

const { information } = await import('../../../src/vscode/chat/modelInformation.ts');
const { localRows } = await import('../../../src/vscode/modelSearch/rows.ts');
const { LocalView } = await import('../../../src/vscode/views/local/localView.ts');
const { Machine } = await import('../../../src/vscode/window/machine.ts');

function model(registry: string, repository: string, origin: string): ListedModel {
  const id = `${registry}/${repository}:135M`;
  return {
    id,
    label: `smollm2:135M (${origin})`,
    namesake: { label: 'smollm2:135M', origin },
    name: repository,
    tag: '135M',
    reference: { registry, repository, tag: '135M' },
    manifestDigest: `sha256:${registry}`,
    sizeBytes: 98e6,
    infill: false,
    modelPath: '',
    pulledAt: 0,
  };
}

const MODELS = [model('docker.io', 'ai/smollm2', 'Docker Hub'), model('ghcr.io', 'org/smollm2', 'ghcr.io')];
const SESSION = {
  onDidChange: () => () => {},
  onDidChangeDownloads: () => () => {},
  list: async () => MODELS,
  downloads: async () => [],
  endpoints: () => [],
  diskUse: async () => undefined,
  stateOf: () => 'unloaded',
  engine: () => undefined,
} as unknown as Session;

const lists: Readonly<Record<string, () => Promise<(readonly [label: unknown, description: unknown])[]>>> = {
  'the Local Models view': async () => {
    const view = new LocalView(SESSION, new Machine(async () => undefined));
    const items = await Promise.all((await view.getChildren()).map((node) => view.getTreeItem(node)));
    view.dispose();
    return items.map(({ label, description }) => [label, description] as const);
  },
  'VS Code’s picker': async () =>
    MODELS.map((one) => information(one, SESSION)).map(({ name, detail }) => [name, detail] as const),
  'the search': async () =>
    localRows(MODELS, parseModelQuery(''), undefined)
      .filter(({ found }) => found !== undefined)
      .map(({ label, description }) => [label, description] as const),
};

for (const [where, rows] of Object.entries(lists)) {
  test(`in ${where}`, async () => {
    const shown = await rows();
    assert.deepEqual(
      shown.map(([label]) => label),
      ['smollm2:135M', 'smollm2:135M'],
    );
    for (const [index, origin] of ['Docker Hub', 'ghcr.io'].entries())
      assert.match(String(shown[index]?.[1]), new RegExp(`^${origin} · 98\\.0 MB`));
  });
}
