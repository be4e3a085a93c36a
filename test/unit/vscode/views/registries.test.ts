/** The lists of the Registries view, and the tag that is recommended. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ModelError } from '../../../../src/base/error.ts';
import { t } from '../../../../src/base/l10n.ts';
import type { DatedList } from '../../../../src/catalog/index.ts';
import '../../../support/vscodeStub.ts';

const { listed } = await import('../../../../src/vscode/views/registries/empty.ts');
const { Recommendations } = await import('../../../../src/vscode/views/registries/recommendations.ts');

const MEMORY = { totalBytes: 16e9, availableBytes: 12e9, gpu: undefined };
const TEXTS = { empty: () => 'none', cut: (count: number) => `only ${count}` };

describe('a list', () => {
  const rowsOf = (list: DatedList<string>): unknown[] => listed(list, (tag) => tag, TEXTS);

  test('has a row if there is nothing in it, and one if it was cut', () => {
    assert.deepEqual(rowsOf({ items: [], isCut: false }), [{ kind: 'empty', message: 'none' }]);
    assert.deepEqual(rowsOf({ items: ['a'], isCut: false }), ['a']);
    assert.deepEqual(rowsOf({ items: ['a', 'b'], isCut: true }), [
      'a',
      'b',
      { kind: 'empty', message: 'only 2' },
    ]);
  });

  test('that is an old one says so first, with the reason in the tooltip', () => {
    const failure = new ModelError('offline', t('No network.'));
    const [builtIn, first] = rowsOf({ items: ['a'], isCut: false, origin: { kind: 'built-in', failure } });
    const shown = { kind: 'empty', icon: 'debug-disconnect', tooltip: 'No network.' };
    assert.deepEqual(builtIn, { ...shown, message: 'Offline: built-in list' });
    assert.equal(first, 'a');
    const askedAt = Date.now() - 50 * 60 * 60_000;
    const [kept] = rowsOf({ items: ['a'], isCut: false, origin: { kind: 'kept', askedAt, failure } });
    assert.deepEqual(kept, { ...shown, message: 'Offline: the list of 2 days ago' });
  });
});

describe('a recommended tag', () => {
  const reference = (tag: string | undefined) => ({ registry: 'r.example', repository: 'ai/m', tag });
  const sizes = (bytes: Readonly<Record<string, number>>) =>
    Object.entries(bytes).map(([tag, size]) => ({ tag, bytes: size }));

  test('is chosen by the memory, told once, and of its repository alone', async () => {
    const changes: string[] = [];
    const recommendations = new Recommendations(
      async () => MEMORY,
      (repository) => changes.push(repository),
    );
    const tags = sizes({ '1B-Q4_K_M': 8e8, '3B-Q4_K_M': 2e9, '70B-Q4_K_M': 42e9 });
    await recommendations.choose('r.example/ai/m', tags);
    await recommendations.choose('r.example/ai/m', tags);
    assert.deepEqual(changes, ['r.example/ai/m']);
    const chosen = tags.filter(({ tag }) => recommendations.has(reference(tag)));
    assert.deepEqual(
      chosen.map(({ tag }) => tag),
      ['3B-Q4_K_M'],
    );
    assert.ok(!recommendations.has({ ...reference('3B-Q4_K_M'), repository: 'ai/other' }));
    assert.ok(!recommendations.has(reference(undefined)));
  });

  test('is none among one, and among thousands nobody is asked for the memory', async () => {
    let asked = 0;
    const recommendations = new Recommendations(
      async () => {
        asked++;
        return MEMORY;
      },
      () => assert.fail('nothing to choose from'),
    );
    await recommendations.choose('r', sizes({ Q4_K_M: 1e9, latest: 1e9 }));
    const many = Array.from({ length: 2001 }, (_, index) => ({ tag: `${index}-Q4_K_M`, bytes: 1e9 }));
    await recommendations.choose('r', many);
    assert.equal(asked, 0);
  });
});
