/** The box of “Search Models…”. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { t } from '../../../src/base/l10n.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { ModelSearchServices } from '../../../src/vscode/modelSearch/modelSearch.ts';
import type { QuickPickStub } from '../../support/quickPickStub.ts';
import { until } from '../../support/until.ts';
import { changeSetting, clearShown, shown } from '../../support/vscodeStub.ts';

const { searchModels } = await import('../../../src/vscode/modelSearch/modelSearch.ts');

const LOCAL = {
  id: 'docker.io/ai/smollm2:135M-Q4_0',
  label: 'smollm2:135M-Q4_0',
  sizeBytes: 9e7,
  quantization: 'Q4_0',
};

/** A box over registries that answer as `list` does. */
function openBox(list: () => Promise<unknown[]>, local: readonly unknown[] = [LOCAL]) {
  let lists = 0;
  const answer = searchModels({
    catalogue: {
      repositories: async () => {
        lists++;
        return { items: await list(), isCut: false };
      },
    },
    models: { list: async () => local },
    machine: { memory: async () => ({ totalBytes: 8e9, availableBytes: 6e9, gpu: undefined }) },
    connections: { client: () => assert.fail('Nobody may be searched.') },
    output: silentLog,
  } as unknown as ModelSearchServices);
  return { box: shown.at(-1)?.args[0] as QuickPickStub, answer, lists: () => lists };
}

describe('the search for models', () => {
  beforeEach(() => {
    clearShown();
    return changeSetting('ociModels.registries', ['docker.io/ai']);
  });
  afterEach(() => {
    for (const { args } of shown) (args[0] as QuickPickStub).hide();
    return changeSetting('ociModels.registries', undefined);
  });

  test('asks nobody while nothing is typed, and begins with filters and known models', async () => {
    const { box, lists } = openBox(async () => []);
    await until(() => box.items.length > 10);
    assert.deepEqual(box.labels().slice(0, 3), [
      '$(search) Type words or choose a filter',
      'filters',
      '$(filter) @chat',
    ]);
    assert.ok(box.labels().includes('$(pass-filled) smollm2:135M-Q4_0'));
    assert.equal(lists(), 0);
  });

  test('a filter is added to the text', async () => {
    const { box } = openBox(async () => []);
    await until(() => box.items.length > 10);
    box.moveTo('$(filter) @fim');
    box.enter();
    assert.equal(box.value, '@fim ');
    await until(() => box.labels().some((label) => label.includes('granite-4.0-h-nano')));
    assert.equal(box.isOpen, true);
  });

  test('a part that is no filter is said, with the filters that it may become', async () => {
    const { box, lists } = openBox(async () => []);
    box.type('qwen @co');
    await until(() => box.labels().length > 1);
    assert.deepEqual(box.labels(), [
      '$(warning) “@co” is not a filter; choose one of these',
      '$(filter) @code',
    ]);
    box.moveTo('$(filter) @code');
    box.enter();
    assert.equal(box.value, 'qwen @code ');
    box.type('>4');
    await until(() => box.labels()[0]?.includes('“>4” is not a filter') === true);
    assert.ok(box.labels().includes('$(filter) >1gb'));
    assert.equal(lists(), 0);
  });

  test('finds repositories of the registries in the view, once each', async () => {
    const { box, answer, lists } = openBox(async () => [
      { name: 'ai/new-coder', pulls: 1234, description: 'For code' },
      { name: 'ai/qwen3-coder' },
      { name: 'ai/other' },
    ]);
    box.type('coder');
    await until(() => box.labels().some((label) => label.includes('new-coder')));
    assert.equal(lists(), 1);
    assert.equal(box.labels().filter((label) => label.includes('qwen3-coder')).length, 1);
    assert.equal(box.labels().at(-1), '$(globe) Search Hugging Face for “coder”');
    const row = box.items.find(({ label }) => label === '$(package) new-coder');
    assert.equal(row?.description, '1.2K pulls · For code');
    box.moveTo('$(package) new-coder');
    box.enter();
    assert.deepEqual(await answer, { kind: 'name', name: 'new-coder' });
  });

  test('a model of this machine is found by any part of its name', async () => {
    const { box, answer } = openBox(async () => []);
    box.type('docker.io 135m');
    await until(() => box.labels().includes('$(pass-filled) smollm2:135M-Q4_0'));
    box.moveTo('$(pass-filled) smollm2:135M-Q4_0');
    box.enter();
    assert.deepEqual(await answer, { kind: 'local', id: LOCAL.id });
  });

  test('a registry that fails has a row that says why', async () => {
    const { box } = openBox(async () => {
      throw new ModelError('offline', t('No network.'));
    });
    box.type('zzz');
    await until(() => box.items.some(({ detail }) => detail === 'No network.'));
    assert.equal(box.labels()[0], '$(warning) Docker Hub was not searched');
  });

  test('of thousands, the first hundred of each place are shown, and the others counted', async () => {
    const range = Array.from({ length: 5000 }, (_, index) => index);
    const { box } = openBox(
      async () => range.map((index) => ({ name: `ai/some${index}` })),
      range.map((index) => ({ ...LOCAL, id: `docker.io/ai/some:${index}`, label: `some:${index}` })),
    );
    box.type('some');
    await until(() => box.labels().includes('on Docker Hub'));
    const more = '$(ellipsis) 4900 more; type more of the name';
    assert.equal(box.labels().filter((label) => label === more).length, 2);
    assert.equal(box.labels().indexOf(more), 101);
    assert.ok(box.labels().length < 210, `${box.labels().length}`);
  });

  test('nothing found is said', async () => {
    const { box } = openBox(async () => [{ name: 'ai/m' }]);
    box.type('zzz');
    await until(() => box.labels()[0] === '$(circle-slash) No model matches');
  });
});
