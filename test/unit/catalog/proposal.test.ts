/** The expected speed, and the models that are proposed for a machine. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expectedSpeed, proposeModels, type SizeVerdict } from '../../../src/catalog/index.ts';

const memory = (available: number, gpu?: number) => ({
  totalBytes: available * 1.5,
  availableBytes: available,
  gpu: gpu === undefined ? undefined : { availableBytes: gpu, totalBytes: gpu, unified: false },
});

describe('the expected speed', () => {
  // Measured on this hardware with two threads, in tokens a second.
  for (const [name, bytes, measured] of [
    ['SmolLM2-135M Q4_1', 98e6, 81.9],
    ['gemma-3-270m Q4_K_M', 253e6, 39.3],
    ['494M Q8_0', 526e6, 21.1],
  ] as const) {
    test(`of ${name} is within a factor of two of the measured one`, () => {
      const speed = expectedSpeed({ bytes, name, verdict: 'cpu' }, { cores: 2 }) ?? 0;
      assert.ok(speed > measured / 2 && speed < measured * 2, `${speed}`);
    });
  }

  test('counts the experts that take part, the GPU, and no more than the memory delivers', () => {
    const speed = (name: string, verdict: SizeVerdict, cores = 4): number | undefined =>
      expectedSpeed({ bytes: 16e9, name, verdict }, { cores });
    assert.equal(Math.round((speed('30B-A3B-Q4_K_M', 'cpu') ?? 0) / (speed('30B', 'cpu') ?? 1)), 10);
    assert.equal(speed('', 'cpu', 64), 40e9 / 16e9);
    assert.ok((speed('', 'gpu') ?? 0) > 2.5);
    for (const verdict of ['part-gpu', 'fits', 'unsure'] as const)
      assert.equal(speed('', verdict), speed('', 'cpu'));
    assert.equal(speed('', 'none'), undefined);
  });
});

describe('the proposed models', () => {
  const names = (available: number, cores: number, gpu?: number): (string | undefined)[] => {
    const { chat, completion } = proposeModels({ memory: memory(available, gpu), cores });
    return [chat.best, completion.best].map((one) => one && `${one.repository}:${one.tag}`);
  };

  test('grow with the machine', () => {
    assert.deepEqual(names(4e9, 2), ['ai/qwen2.5:0.5B-F16', 'ai/granite-4.0-h-nano:350M-Q8_0']);
    assert.deepEqual(names(24e9, 8), ['ai/granite-4.0-h-tiny:7B-Q4_K_M', 'ai/granite-4.0-h-nano:1B-Q8_0']);
    assert.deepEqual(names(64e9, 16, 48e9), [
      'ai/qwen3-coder:30B-A3B-UD-Q4_K_XL',
      'ai/granite-4.0-h-tiny:7B-Q4_K_M',
    ]);
  });

  test('fit together, each fast enough where one is', () => {
    for (const [available, cores, gpu] of [
      [2e9, 1],
      [6e9, 4],
      [16e9, 8],
      [32e9, 8, 8e9],
      [128e9, 32, 80e9],
    ] as const) {
      const { chat, completion } = proposeModels({ memory: memory(available, gpu), cores });
      const [one, other] = [chat.best, completion.best];
      assert.ok(one !== undefined && other !== undefined);
      assert.ok(one.bytes + other.bytes < Math.max(available, gpu ?? 0));
      for (const { best, choices } of [chat, completion])
        assert.equal(
          best?.isFast,
          choices.some(({ isFast }) => isFast),
        );
    }
  });

  test('are none on a machine for which all are too large', () => {
    assert.deepEqual(names(1e8, 2), [undefined, undefined]);
  });
});
