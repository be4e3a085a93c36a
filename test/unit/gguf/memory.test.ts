import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { estimateMemory, readGgufSummary } from '../../../src/gguf/index.ts';
import { LLAMA_8B, TINYCODE } from './support.ts';

const MIB = 1024 * 1024;

describe('the memory estimate', () => {
  test('has the cache that llama.cpp allocates', () => {
    // Its log says 1024 MiB for 8192 cells, and cells come in multiples of 256.
    assert.equal(estimateMemory(LLAMA_8B, { contextTokens: 8192 }).kvCache, 1024 * MIB);
    assert.equal(estimateMemory(LLAMA_8B, { contextTokens: 8191 }).kvCache, 1024 * MIB);
    assert.equal(estimateMemory(LLAMA_8B, { contextTokens: 1 }).kvCache, 32 * MIB);
  });

  test('has the window and one batch for sliding layers, and the whole context for the others', () => {
    // Gemma 3 4B: 34 layers with 4 heads of 256, of which every sixth sees everything, and a window of 1024.
    const cache = {
      fullElements: 5 * 4 * 512,
      slidingElements: 29 * 4 * 512,
      slidingWindow: 1024,
      stateBytes: 0,
    };
    const { kvCache } = estimateMemory({ ...LLAMA_8B, cache }, { contextTokens: 32_768 });
    assert.equal(kvCache, (32_768 * 5 + (1024 + 512) * 29) * 4 * 512 * 2);
    const short = estimateMemory({ ...LLAMA_8B, cache }, { contextTokens: 512 });
    assert.equal(short.kvCache, 512 * 34 * 4 * 512 * 2);
  });

  test('does not let a state grow', () => {
    const cache = { fullElements: 0, slidingElements: 0, stateBytes: 12_345 };
    for (const contextTokens of [1, 100_000])
      assert.equal(estimateMemory({ ...LLAMA_8B, cache }, { contextTokens }).kvCache, 12_345);
  });

  test('has the compute buffer that llama.cpp reserves', () => {
    // Shapes that were loaded, and the “compute buffer size” of the log, MiB.
    const base = { ...LLAMA_8B, headCount: 16, embeddingLength: 1024, vocabularySize: 300 };
    const compute = (shape: object, contextTokens: number): number =>
      estimateMemory({ ...base, ...shape }, { contextTokens, onGpu: true }).compute / MIB;
    assert.equal(compute({ feedForwardLength: 8192 }, 1024), 57);
    assert.equal(compute({ feedForwardLength: 8192 }, 8192), 64);
    assert.equal(compute({ feedForwardLength: 4096, vocabularySize: 48_000 }, 8192), 97.75);
    // Never less than it is, and little more where the feed-forward is narrow: 20 and 12 in the log.
    assert.equal(compute({ feedForwardLength: 1024 }, 8192), 22);
    assert.equal(compute({ feedForwardLength: 512 }, 1024), 13);
  });

  test('leaves out the scores that main memory is never touched by', () => {
    const [cpu, gpu] = [false, true].map((onGpu) => estimateMemory(LLAMA_8B, { contextTokens: 8192, onGpu }));
    assert.equal(gpu?.compute, 512 * (128_256 + 2 * 4096) * 4);
    assert.equal(cpu?.compute, 512 * ((3 * 14_336 + 4 * 4096) * 4 + 8192 * 2));
  });

  test('grows with the experts that a token uses, and with the heads where there is no flash attention', () => {
    const experts = {
      expertCount: 128,
      expertUsedCount: 8,
      expertFeedForwardLength: 768,
      feedForwardLength: 6144,
    };
    const wide = estimateMemory({ ...LLAMA_8B, ...experts }, { contextTokens: 4096 });
    assert.equal(wide.compute, 512 * ((8 * (3 * 768 + 4096) + 4 * 4096) * 4 + 4096 * 2));
    const gemma = estimateMemory({ ...LLAMA_8B, architecture: 'gemma2' }, { contextTokens: 4096 });
    const scores = 512 * 32 * 4096 * 4;
    assert.equal(gemma.compute, 512 * ((3 * 14_336 + 4 * 4096) * 4 + 4096 * 4) + scores);
  });

  test('says what is in memory twice for a while, which depends on the CPU', () => {
    const copied = (cpu: string): number => estimateMemory(LLAMA_8B, { contextTokens: 1, cpu }).copied;
    assert.deepEqual(['x64', 'arm64', 'riscv64'].map(copied), [3e9, 4.6e9, 0]);
  });

  test('is a number where a file says nothing', () => {
    const cache = { fullElements: 0, slidingElements: 0, stateBytes: 0 };
    const estimate = estimateMemory({ architecture: 'x', cache, fileBytes: 7 }, { contextTokens: 1 });
    assert.deepEqual([estimate.weights, estimate.kvCache, estimate.copied], [7, 0, 0]);
    assert.ok(Number.isSafeInteger(estimate.total));
  });

  test('is the sum of its parts', async () => {
    const tinycode = await readGgufSummary(TINYCODE);
    const estimate = estimateMemory(tinycode, { contextTokens: 2048, cpu: 'x64' });
    assert.deepEqual([estimate.weights, estimate.kvCache], [4_037_824, 2048 * 5 * 4 * 128 * 2]);
    assert.equal(estimate.process, 150 * MIB + 1792 * 512 + 1525 * 400);
    const { weights, kvCache, compute, process } = estimate;
    assert.equal(estimate.total, weights + kvCache + compute + process);
  });
});
