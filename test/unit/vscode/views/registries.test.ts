/** The lists of the Registries view, and the tag that is recommended. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import '../../../support/vscodeStub.ts';

const { listed } = await import('../../../../src/vscode/views/registries/empty.ts');
const { Recommendations } = await import('../../../../src/vscode/views/registries/recommendations.ts');

const MEMORY = { totalBytes: 16e9, availableBytes: 12e9, gpu: undefined };
const empty = (): string => 'none';
const cut = (count: number): string => `only ${count}`;

describe('a list', () => {
  test('has a row if there is nothing in it, and one if it was cut', async () => {
    assert.deepEqual(await listed(async () => [], cut, empty), [{ kind: 'empty', message: 'none' }]);
    const row = { kind: 'tag' };
    assert.deepEqual(await listed(async () => [row], cut, empty), [row]);
    const read = async (onCut: () => void) => {
      onCut();
      return [row, row];
    };
    assert.deepEqual(await listed(read, cut, empty), [row, row, { kind: 'empty', message: 'only 2' }]);
  });

  test('that cannot be read fails', async () => {
    await assert.rejects(
      listed(async () => Promise.reject(new Error('no')), cut, empty),
      /no/,
    );
  });
});

describe('a recommended tag', () => {
  const reference = (tag: string | undefined) => ({ registry: 'r.example', repository: 'ai/m', tag });
  const sizes = (bytes: Readonly<Record<string, number>>) =>
    Object.entries(bytes).map(([tag, size]) => ({ tag, bytes: size }));

  test('is chosen by the memory, told once, and of its repository alone', async () => {
    let changes = 0;
    const recommendations = new Recommendations(
      async () => MEMORY,
      () => changes++,
    );
    const tags = sizes({ '1B-Q4_K_M': 8e8, '3B-Q4_K_M': 2e9, '70B-Q4_K_M': 42e9 });
    await recommendations.choose('r.example/ai/m', tags);
    await recommendations.choose('r.example/ai/m', tags);
    assert.equal(changes, 1);
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
