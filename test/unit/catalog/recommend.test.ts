import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recommendTag } from '../../../src/catalog/index.ts';
import type { MachineMemory } from '../../../src/gguf/index.ts';

const GB = 1e9;

function machine(available: number, gpu?: number): MachineMemory {
  const memory = { availableBytes: available * GB, totalBytes: available * GB };
  const own = gpu === undefined ? undefined : { ...memory, availableBytes: gpu * GB, unified: false };
  return { ...memory, gpu: own };
}

function recommended(tags: readonly string[], memory: MachineMemory): string | undefined {
  return recommendTag(
    tags.map((tag) => ({ tag })),
    memory,
  );
}

describe('the tag that is recommended', () => {
  const tags = ['latest', '7B-Q4_K_M', '7B-Q8_0', '7B-F16', '7B-Q2_K', '1.5B-Q4_K_M', '0.5B-F16', '14B-Q2_K'];

  test('is the largest model that fits well, in the most bits that are worth it', () => {
    assert.equal(recommended(tags, machine(64)), '7B-Q8_0');
    assert.equal(recommended(tags, machine(12)), '7B-Q4_K_M');
    assert.equal(recommended(tags, machine(4)), '1.5B-Q4_K_M');
    assert.equal(recommended(tags, machine(64, 8)), '7B-Q4_K_M');
    assert.equal(recommended(tags, machine(64, 24)), '7B-Q8_0');
  });

  test('is a good quantisation before a larger model, and a low one before none', () => {
    assert.equal(recommended(['14B-Q2_K', '7B-Q4_K_M'], machine(32)), '7B-Q4_K_M');
    assert.equal(recommended(['14B-Q2_K', '7B-Q2_K'], machine(32)), '14B-Q2_K');
    assert.equal(recommended(['0.5B-F16', '0.5B-Q4_0'], machine(32)), '0.5B-F16');
  });

  test('is none where nothing fits well or nothing is known', () => {
    assert.equal(recommended(tags, machine(0.5)), undefined);
    assert.equal(recommended(['latest', 'v1', '7B'], machine(64)), undefined);
    assert.equal(recommended([], machine(64)), undefined);
  });

  test('goes by real sizes where they are known', () => {
    const listed = [
      { tag: 'Q4_K_M', bytes: 20 * GB },
      { tag: 'Q3_K_M', bytes: 2 * GB },
      { tag: 'latest', bytes: 1 * GB, quantization: 'Q5_K_M' },
    ];
    assert.equal(recommendTag(listed, machine(16)), 'latest');
    assert.equal(recommendTag(listed, machine(64)), 'Q4_K_M');
  });

  test('is the same whatever the order', () => {
    assert.equal(recommended([...tags].reverse(), machine(12)), recommended(tags, machine(12)));
  });
});
