import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { totalMemoryBytes } from '../../../src/base/systemMemory.ts';
import { HostError } from '../../../src/engine/host/failure.ts';
import { LlamaLog } from '../../../src/engine/host/log.ts';
import { assertContextFits, assertModelFits } from '../../../src/engine/host/memory.ts';

function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof HostError &&
    error.code === 'out-of-memory' &&
    / takes .* and this machine has .*B of memory\. .+\.$/.test(error.message)
  );
}

describe('memory', () => {
  test('a model larger than all memory is refused, in numbers', () => {
    assertModelFits(totalMemoryBytes(), 0);
    assertModelFits(totalMemoryBytes() + 5e9, 5e9);
    assert.throws(() => assertModelFits(totalMemoryBytes() + 5e9, 0), isOutOfMemory);
  });

  test('so is a context whose cache is larger', () => {
    const summary = {
      version: 3,
      architecture: 'llama',
      parameters: 1,
      embeddingLength: 4096,
      blockCount: 32,
      headCount: 32,
      headCountKv: 8,
      cache: { fullElements: 32 * 8 * 2 * 128, slidingElements: 0, stateBytes: 0 },
      infill: false,
      tensorCount: 1,
      fileBytes: 1,
    };
    // 128 KiB for each token, as Llama 3 with 8 B parameters has it, and 256 tokens at a time.
    const fits = Math.floor(totalMemoryBytes() / (256 * 128 * 1024)) * 256;
    assertContextFits(summary, fits, 0);
    assert.throws(() => assertContextFits(summary, fits + 1, 0), isOutOfMemory);
    assertContextFits(summary, fits + 1, 1e9);
  });
});

describe('LlamaLog', () => {
  test('keeps the problems, and drops dots and empty lines', () => {
    const sent: string[] = [];
    const log = new LlamaLog((level, message) => sent.push(`${level} ${message}`));
    for (const line of ['.', '....\n', ' ', 'loading\n']) log.write('info', line);
    assert.equal(log.problem(), undefined);
    log.write('error', "llama_model_load: error loading model: tensor 'a' is cut off\n");
    log.write('error', 'llama_model_load_from_file_impl: failed to load model');
    log.write('warn', 'odd');
    assert.deepEqual(sent, [
      'debug loading',
      "error llama_model_load: error loading model: tensor 'a' is cut off",
      'error llama_model_load_from_file_impl: failed to load model',
      'warn odd',
    ]);
    assert.equal(log.problem(), "tensor 'a' is cut off");
    assert.equal(log.problems.length, 2);
    log.restart();
    assert.equal(log.problem(), undefined);
  });

  test('is bounded in lines and in their length', () => {
    const sent: string[] = [];
    const log = new LlamaLog((_level, message) => sent.push(message));
    for (let index = 0; index < 5_000; index++) log.write('info', 'x'.repeat(5_000));
    assert.equal(sent.length, 2_000);
    assert.ok(sent.every((line) => line.length <= 1_000));
    assert.match(sent.at(-1) ?? '', /left out/);
  });
});
