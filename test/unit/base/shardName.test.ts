import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { areShardsOfOne, formatShardName, parseShardName } from '../../../src/base/shardName.ts';

describe('the name of a part', () => {
  test('says which part of what it is', () => {
    assert.deepEqual(parseShardName('q4/Model-1B-00002-of-00012.gguf'), {
      prefix: 'q4/Model-1B',
      number: 2,
      count: 12,
      extension: '.gguf',
    });
    assert.equal(parseShardName('model-00001-of-00002.safetensors')?.extension, '.safetensors');
    assert.equal(parseShardName('a-00001-of-00002.GGUF')?.prefix, 'a');
  });

  test('is written as it is read', () => {
    for (const name of [
      'a-00001-of-00002.gguf',
      'b/c-00999-of-99999.safetensors',
      'a-b-00001-of-00001.GGUF',
    ]) {
      const parsed = parseShardName(name);
      assert.ok(parsed, name);
      assert.equal(formatShardName(parsed), name);
    }
  });

  test('is none with other digits, without a prefix or an extension', () => {
    for (const name of [
      'model.gguf',
      'model-1-of-2.gguf',
      'model-000001-of-000002.gguf',
      '-00001-of-00002.gguf',
      'model-00001-of-00002',
      'model-00001-of-00002.gguf.part',
      'model00001-of-00002.gguf',
      'model-00001-of-00000.gguf',
      'model-00003-of-00002.gguf',
    ])
      assert.equal(parseShardName(name), undefined, name);
  });

  test('is that of a part of the same model if the prefix and the count are the same', () => {
    assert.equal(areShardsOfOne('m/a-00001-of-00002.gguf', 'm/a-00002-of-00002.gguf'), true);
    assert.equal(areShardsOfOne('m/a-00001-of-00002.gguf', 'm/a-00001-of-00003.gguf'), false);
    assert.equal(areShardsOfOne('m/a-00001-of-00002.gguf', 'm/b-00002-of-00002.gguf'), false);
    assert.equal(areShardsOfOne('a', 'a'), false);
  });
});
