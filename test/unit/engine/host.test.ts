import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { HostError } from '../../../src/engine/host/failure.ts';
import { LlamaLog } from '../../../src/engine/host/log.ts';
import { assertFits, machineBytes, modelBytes, shardPaths } from '../../../src/engine/host/memory.ts';

describe('the files of a model', () => {
  test('all shards of a split model', () => {
    const shards = shardPaths(join('m', 'big-00001-of-00003.gguf'));
    assert.deepEqual(shards, [
      join('m', 'big-00001-of-00003.gguf'),
      join('m', 'big-00002-of-00003.gguf'),
      join('m', 'big-00003-of-00003.gguf'),
    ]);
    for (const single of ['model.gguf', 'a-00001-of-00003.bin', 'a-1-of-3.gguf']) {
      assert.deepEqual(shardPaths(join('m', single)), [join('m', single)]);
    }
  });

  test('their bytes are summed; a missing one is named', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-'));
    context.after(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'm-00001-of-00002.gguf'), Buffer.alloc(100));
    const first = join(folder, 'm-00001-of-00002.gguf');
    await assert.rejects(
      modelBytes(first),
      (error) => error instanceof HostError && /"m-00002-of-00002\.gguf".*ENOENT/.test(error.message),
    );
    await writeFile(join(folder, 'm-00002-of-00002.gguf'), Buffer.alloc(23));
    assert.equal(await modelBytes(first), 123);
  });

  test('a model larger than all memory is refused, in numbers', () => {
    assertFits(machineBytes(), 0);
    assertFits(machineBytes() + 5e9, 5e9);
    assert.throws(
      () => assertFits(machineBytes() + 5e9, 0),
      (error) =>
        error instanceof HostError &&
        error.code === 'out-of-memory' &&
        /takes .* GB.* has .* GB/.test(error.message),
    );
  });
});

describe('LlamaLog', () => {
  test('keeps the last problem, and drops dots and empty lines', () => {
    const sent: string[] = [];
    const log = new LlamaLog((level, message) => sent.push(`${level} ${message}`));
    for (const line of ['.', '....\n', ' ', 'loading\n']) log.write('info', line);
    log.write('error', 'tensor is not within the file\n');
    log.write('warn', 'odd');
    assert.deepEqual(sent, ['debug loading', 'error tensor is not within the file', 'warn odd']);
    assert.equal(log.lastProblem(), 'tensor is not within the file');
    log.restart();
    assert.equal(log.lastProblem(), undefined);
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
