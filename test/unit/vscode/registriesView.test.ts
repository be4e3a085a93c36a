/** Rows of the Registries view. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import type { ListOptions } from '../../../src/oci/index.ts';
import type { RegistriesNode } from '../../../src/vscode/views/registries/registriesView.ts';
import type { RegistriesViewServices } from '../../../src/vscode/views/registries/view.ts';
import '../../support/vscodeStub.ts';

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
  const services = {
    registry: () => registry,
    models: { onDidChangeModels: () => () => {}, find: async () => undefined },
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
