import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contextFor, judgeFit, type MachineMemory } from '../../../src/gguf/index.ts';
import { LLAMA_8B } from './support.ts';

const GB = 1e9;

function machine(available: number, gpu?: number, unified = false): MachineMemory {
  return {
    availableBytes: available * GB,
    totalBytes: 2 * available * GB,
    gpu: gpu === undefined ? undefined : { availableBytes: gpu * GB, totalBytes: gpu * GB, unified },
  };
}

describe('the verdict for 8 B parameters with 8192 tokens', () => {
  const table: readonly [what: string, machine: MachineMemory, verdict: string][] = [
    ['on a large GPU', machine(16, 24), 'gpu'],
    ['on a GPU that has just room', machine(16, 6.8), 'gpu'],
    ['on a GPU that has room for half of it', machine(16, 4), 'part-gpu'],
    ['on a GPU that is as good as none', machine(16, 0.7), 'cpu'],
    ['on a CPU', machine(8), 'cpu'],
    ['on a small machine', machine(6), 'none'],
    ['on a small machine with a small GPU', machine(2, 4), 'none'],
    ['on a machine whose memories have room for it only together', machine(4, 5), 'none'],
    ['on a machine with a GPU that has more than it', machine(2, 8), 'gpu'],
    ['on Apple silicon', machine(16, 11, true), 'gpu'],
    ['on Apple silicon whose memory others have', machine(4, 11, true), 'none'],
  ];
  for (const [what, memory, verdict] of table) {
    test(what, () => {
      const fit = judgeFit(LLAMA_8B, { contextTokens: 8192 }, memory);
      assert.equal(fit.verdict, verdict);
      assert.ok(fit.gpuBytes + fit.ramBytes >= 0.99 * fit.estimate.total);
      if (verdict === 'cpu' || verdict === 'none') assert.equal(fit.gpuBytes, 0);
    });
  }

  test('turns with the context', () => {
    const verdicts = [2048, 8192, 65_536].map(
      (contextTokens) => judgeFit(LLAMA_8B, { contextTokens }, machine(8)).verdict,
    );
    assert.deepEqual(verdicts, ['cpu', 'cpu', 'none']);
    const shorter = judgeFit(LLAMA_8B, { contextTokens: 65_536, leastTokens: 4096 }, machine(8));
    assert.deepEqual([shorter.verdict, shorter.contextTokens], ['cpu', 16_384]);
    const none = judgeFit(LLAMA_8B, { contextTokens: 65_536, leastTokens: 4096 }, machine(4));
    assert.deepEqual([none.verdict, none.contextTokens], ['none', 65_536]);
  });
});

test('the context is what was asked for, the model’s own, or 16,384', () => {
  assert.equal(contextFor({ contextTokens: 131_072 }, undefined), 16_384);
  assert.equal(contextFor({ contextTokens: 4096 }, undefined), 4096);
  assert.equal(contextFor({ contextTokens: 131_072 }, 65_536), 65_536);
  assert.equal(contextFor({ contextTokens: 4096 }, 65_536), 4096);
  assert.equal(contextFor({}, undefined), 16_384);
});
