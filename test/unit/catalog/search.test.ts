/** The language of “Search Models…”, and the models that are known without a network. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchesQuery, parseModelQuery, searchBuiltIn } from '../../../src/catalog/index.ts';
import { isRepositoryName, parseReference } from '../../../src/oci/index.ts';

const SMALL = { totalBytes: 4e9, availableBytes: 2e9, gpu: undefined };
const everything = parseModelQuery('');

describe('a search', () => {
  test('has words, uses, a size and a verdict', () => {
    assert.deepEqual(parseModelQuery('  Qwen @code @FIM @fits <4.5GB coder '), {
      words: ['qwen', 'coder'],
      uses: ['code', 'fim'],
      minBytes: undefined,
      maxBytes: 4.5e9,
      fits: true,
      unknown: [],
    });
    const { minBytes, maxBytes } = parseModelQuery('>500mb <2gb');
    assert.deepEqual([minBytes, maxBytes], [500e6, 2e9]);
    assert.equal(parseModelQuery('< 4 GB').maxBytes, 4e9);
    assert.equal(parseModelQuery('qwen <4 gb').maxBytes, 4e9);
    assert.equal(parseModelQuery('>1.5 gb').minBytes, 1.5e9);
  });

  for (const text of ['@nothing', '<4', '>', '<4tb', '@', '<=4gb', '>gb'])
    test(`has no filter “${text}”, and finds nothing with it`, () => {
      const query = parseModelQuery(`qwen ${text}`);
      assert.deepEqual(query.words, ['qwen']);
      assert.deepEqual(query.unknown, [text]);
      assert.equal(matchesQuery({ name: 'qwen' }, query, SMALL), false);
    });

  test('takes a number of its own for a word', () => {
    assert.deepEqual(parseModelQuery('a>b 4gb 1<2').words, ['a>b', '4gb', '1<2']);
  });

  for (const [text, model, expected] of [
    ['qwen', { name: 'ai/Qwen3' }, true],
    ['qwen vision', { name: 'ai/qwen3', description: 'With Vision' }, true],
    ['qwen vision', { name: 'ai/qwen3' }, false],
    ['@code', { name: 'Qwen/Qwen2.5-Coder-1.5B-GGUF' }, true],
    ['@code', { name: 'ai/gemma3' }, false],
    ['@embedding', { name: 'nomic-embed-text' }, true],
    ['@chat', { name: 'nomic-embed-text' }, false],
    ['@fim', { name: 'ai/x', uses: ['fim'] }, true],
    ['<1gb', { name: 'x', bytes: 1e9 }, true],
    ['<1gb', { name: 'x', bytes: 1e9 + 1 }, false],
    ['<1gb', { name: 'x' }, false],
    ['>1gb', { name: 'x', bytes: 1e9 }, true],
    ['>1gb', { name: 'x', bytes: 1e9 - 1 }, false],
    ['>1gb', { name: 'x' }, false],
    ['@fits', { name: 'x', bytes: 0.4e9 }, true],
    // By its size it may fit; its header knows.
    ['@fits', { name: 'x', bytes: 1e9 }, false],
    ['@fits', { name: 'x', bytes: 1e9, verdict: 'cpu' }, true],
    ['@fits', { name: 'x', bytes: 0.4e9, verdict: 'none' }, false],
    ['@fits', { name: 'x', bytes: 2e9 }, false],
    ['@fits', { name: 'x' }, false],
  ] as const) {
    test(`“${text}” ${expected ? 'finds' : 'leaves out'} ${JSON.stringify(model)}`, () => {
      assert.equal(matchesQuery(model, parseModelQuery(text), SMALL), expected);
    });
  }

  test('by verdict finds nothing while the machine is not known', () => {
    assert.equal(matchesQuery({ name: 'x', bytes: 1 }, parseModelQuery('@fits')), false);
  });
});

describe('the built-in list', () => {
  test('has names that can be pulled, each once, with sizes from small to large', () => {
    const hits = searchBuiltIn(everything);
    assert.equal(new Set(hits.map(({ model }) => model.name)).size, hits.length);
    for (const { model } of hits) {
      assert.ok(isRepositoryName(model.name), model.name);
      assert.ok(model.tags.length > 0 && model.uses.length > 0, model.name);
      const sizes = model.tags.map(([, bytes]) => bytes);
      assert.deepEqual(
        sizes,
        sizes.toSorted((a, b) => a - b),
        model.name,
      );
      assert.ok(sizes.every((bytes) => bytes > 50e6));
      for (const [tag] of model.tags) assert.equal(parseReference(`${model.name}:${tag}`).tag, tag);
    }
  });

  test('gives the tag that suits the machine, and only those that pass a filter', () => {
    const [hit] = searchBuiltIn(parseModelQuery('llama3.2'), { ...SMALL, availableBytes: 8e9 });
    assert.equal(hit?.tag.tag, '3B-Q4_K_M');
    const small = searchBuiltIn(parseModelQuery('@fim @fits'), SMALL);
    assert.ok(small.some(({ model }) => model.name === 'ai/granite-4.0-h-nano'));
    assert.ok(small.every(({ tag }) => tag.bytes < 2e9));
    assert.deepEqual(searchBuiltIn(parseModelQuery('<60mb')), []);
  });
});

test('a size may be typed with spaces', () => {
  for (const size of ['<4gb', '< 4gb', '<4 gb', '< 4 gb', '< 4000 MB'])
    assert.deepEqual(parseModelQuery(`qwen ${size} coder`), parseModelQuery('qwen <4gb coder'), size);
  assert.deepEqual(parseModelQuery('< 4 gbit').maxBytes, undefined);
});
