import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { estimateMemory, type GgufSummary, readGgufSummary } from '../../../src/gguf/index.ts';
import { TINYCODE } from './support.ts';

const base: GgufSummary = {
  version: 3,
  architecture: 'llama',
  parameters: 0,
  infill: false,
  tensorCount: 1,
  fileBytes: 4_000_000_000,
};

describe('the memory estimate', () => {
  test('follows its formula', () => {
    // Llama 3 8B: 32 layers, 8 key-value heads of 128.
    const summary = {
      ...base,
      embeddingLength: 4096,
      blockCount: 32,
      headCount: 32,
      headCountKv: 8,
      vocabularySize: 128_256,
    };
    const estimate = estimateMemory(summary, { contextTokens: 8192 });
    assert.equal(estimate.weights, 4_000_000_000);
    assert.equal(estimate.kvCache, 1024 ** 3); // as llama.cpp says: 1024 MiB
    assert.equal(estimate.overhead, 512 * (128_256 + 12 * 4096) * 4 + 100 * 1024 * 1024);
    assert.equal(estimate.total, estimate.weights + estimate.kvCache + estimate.overhead);
  });

  test('takes lengths and heads that differ', () => {
    const summary = {
      ...base,
      embeddingLength: 100,
      blockCount: 2,
      headCount: 4,
      headCountKv: 4,
      headCountKvTotal: 6,
      keyLength: 64,
      valueLength: 32,
    };
    assert.equal(estimateMemory(summary, { contextTokens: 10 }).kvCache, 10 * 6 * (64 + 32) * 2);
  });

  test('is a number where a file says nothing', () => {
    assert.equal(estimateMemory(base, { contextTokens: 4096 }).kvCache, 0);
    assert.equal(
      estimateMemory({ ...base, headCount: 0, blockCount: 2, embeddingLength: 8 }, { contextTokens: 1 })
        .kvCache,
      0,
    );
  });

  test('of a trained model is a sum of plausible parts', async () => {
    const estimate = estimateMemory(await readGgufSummary(TINYCODE), { contextTokens: 2048 });
    assert.deepEqual([estimate.weights, estimate.kvCache], [4_037_824, 2048 * 5 * 4 * 128 * 2]);
  });
});
