/** Rows of the Registries view. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import { Catalogue } from '../../../src/catalog/index.ts';
import type { ListOptions, RegistryClient } from '../../../src/oci/index.ts';
import type { RegistriesNode } from '../../../src/vscode/views/registries/registriesView.ts';
import type { RegistriesViewServices } from '../../../src/vscode/views/registries/view.ts';
import { changeSetting } from '../../support/vscodeStub.ts';

const { RegistriesView } = await import('../../../src/vscode/views/registries/registriesView.ts');

/** A view whose registry lists `names`, and says that there are more where `isCut`. */
function viewOf(names: readonly string[], isCut: boolean): InstanceType<typeof RegistriesView> {
  const list = async ({ onCut, filter = () => true }: ListOptions): Promise<string[]> => {
    if (isCut) onCut?.();
    return names.filter(filter);
  };
  const registry = {
    tags: (_: string, __: string, options: ListOptions) => list(options),
    repositories: (_: string, options: ListOptions) => list(options),
  };
  const client = registry as unknown as RegistryClient;
  const services = {
    catalogue: new Catalogue({
      folder: join(tmpdir(), randomUUID()),
      registry: () => client,
      log: silentLog,
    }),
    models: { onDidChangeModels: () => () => {}, list: async () => [] },
    log: silentLog,
  };
  return new RegistriesView(services as unknown as RegistriesViewServices);
}

const HOST = { host: 'r.example', namespace: undefined };
const REGISTRY: RegistriesNode = { kind: 'registry', text: 'r.example', entry: HOST };
const REPOSITORY: RegistriesNode = { kind: 'repository', entry: HOST, repository: 'ai/m' };

describe('a list that was cut', () => {
  for (const [name, node, says] of [
    ['tags', REPOSITORY, 'Only the first 2 tags are shown. Pull another one by its name.'],
    ['repositories', REGISTRY, 'Only the first 2 repositories are shown. Add a namespace to see its own.'],
  ] as const) {
    test(`${name}: the last row says so`, async () => {
      const rows = await viewOf(['ai/a', 'ai/b'], true).getChildren(node);
      assert.equal(rows.length, 3);
      assert.deepEqual(rows.at(-1), { kind: 'empty', message: says });
    });

    test(`${name}: a whole list has no such row`, async () => {
      assert.equal((await viewOf(['ai/a', 'ai/b'], false).getChildren(node)).length, 2);
    });
  }
});

test('repositories and tags have a page if their registry has pages', async () => {
  const view = viewOf([], false);
  const words = async (node: RegistriesNode): Promise<unknown> => (await view.getTreeItem(node)).contextValue;
  const tag = (registry: string): RegistriesNode => ({
    kind: 'tag',
    entry: { host: registry, namespace: 'ai' },
    reference: { registry, repository: 'ai/m', tag: 'x' },
    bytes: undefined,
  });
  const hub = { host: 'docker.io', namespace: 'ai' };
  assert.deepEqual(await Promise.all([REPOSITORY, { ...REPOSITORY, entry: hub }].map(words)), [
    'repository',
    'page;repository',
  ]);
  assert.deepEqual(await Promise.all([tag('r.example'), tag('docker.io')].map(words)), ['tag', 'page;tag']);
});

test('rows have ids of their own, though entries mean the same or are parts of each other', async (t) => {
  t.after(() => changeSetting('ociModels.registries', undefined));
  const entries = ['r.example', 'r.example/ai', 'R.example/ai/', 'r.example/ai/m', 'r.example/', 'no host!'];
  await changeSetting('ociModels.registries', entries);
  const view = viewOf(['ai/m', 'ai/n'], false);
  const ids: (string | undefined)[] = [];
  const add = async (node: RegistriesNode): Promise<void> => {
    const { id, collapsibleState } = await view.getTreeItem(node);
    if (id !== undefined) ids.push(id);
    if (collapsibleState !== 0) for (const child of await view.getChildren(node)) await add(child);
  };
  const top = await view.getChildren();
  for (const node of top) await add(node);
  assert.deepEqual(
    top.map((node) => (node.kind === 'registry' ? node.text : node.kind)),
    ['r.example', 'r.example/ai', 'r.example/ai/m', 'error'],
  );
  // Twice two repositories, each with two tags, and one with them.
  assert.equal(ids.length, 3 + 2 * (2 + 4) + (1 + 2));
  assert.equal(new Set(ids).size, ids.length);
  view.dispose();
});

test('a filter leaves the repositories that contain a text, asks nobody again, and can be cleared', async () => {
  let asked = 0;
  const names = ['ai/Gemma', 'ai/qwen-coder', 'ai/coder'];
  const catalogue = {
    expire: () => {},
    repositories: async () => {
      asked++;
      return {
        items: names.map((name) => ({ name, description: name === 'ai/Gemma' ? 'Vision' : '' })),
        isCut: false,
      };
    },
  };
  const models = { onDidChangeModels: () => () => {}, list: async () => [] };
  const view = new RegistriesView({ catalogue, models, log: silentLog } as unknown as RegistriesViewServices);
  const shown = async (): Promise<unknown[]> =>
    (await view.getChildren(REGISTRY)).map((node) => ('repository' in node ? node.repository : node));
  assert.deepEqual(await shown(), names);
  view.setFilter(' CODER ');
  assert.deepEqual(await shown(), ['ai/qwen-coder', 'ai/coder']);
  const [row] = await view.getChildren();
  assert.deepEqual(row, { kind: 'filter', text: 'CODER' });
  view.setFilter('vision');
  assert.deepEqual(await shown(), ['ai/Gemma']);
  view.setFilter('nothing');
  assert.deepEqual(await shown(), [{ kind: 'empty', message: 'No repository contains “nothing”.' }]);
  view.setFilter('');
  assert.deepEqual(await shown(), names);
  assert.equal(asked, 1);
  view.dispose();
});

test('500 repositories with 200 tags each: the models are read once, and no step takes long', async () => {
  let reads = 0;
  const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  const catalogue = {
    expire: () => {},
    repositories: async () => ({
      items: range(500).map((index) => ({ name: `ai/m${index}` })),
      isCut: false,
    }),
    tags: async () => ({
      items: range(200).map((index) => ({ tag: `t${index}`, bytes: 1e9 })),
      isCut: false,
    }),
  };
  const models = {
    onDidChangeModels: () => () => {},
    list: async () => {
      reads++;
      return [{ id: 'r.example/ai/m7:t9' }];
    },
  };
  const view = new RegistriesView({ catalogue, models, log: silentLog } as unknown as RegistriesViewServices);
  const repositories = await view.getChildren(REGISTRY);
  assert.equal(repositories.length, 500);
  let local = 0;
  // The longest time that the processor was held for one opened row, 200 items included.
  let longestMs = 0;
  for (const repository of repositories) {
    const before = process.cpuUsage();
    const tags = await view.getChildren(repository);
    const items = await Promise.all(tags.map((tag) => view.getTreeItem(tag)));
    const { user, system } = process.cpuUsage(before);
    longestMs = Math.max(longestMs, (user + system) / 1000);
    local += items.filter(({ contextValue }) => contextValue === 'local;tag').length;
  }
  assert.equal(local, 1);
  assert.equal(reads, 1);
  assert.ok(longestMs < 300, `${longestMs} ms`);
  view.dispose();
});
