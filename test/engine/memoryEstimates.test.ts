/** Estimates of memory during a load: formulas on the CPU, llama.cpp's own planning on a GPU. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseEstimates } from '../../src/engine/llama/host/load/memoryEstimates.ts';
import { TINYCODE } from './support.ts';

/** Part of the planned memory by which a formula may be off, and what it may be off beside that, bytes. */
const TOLERANCE = 0.05;
const SMALL_BYTES = 2_000_000;

test('formulas agree with llama.cpp’s planning, which a GPU keeps', async (context) => {
  const library = await import('node-llama-cpp');
  const options = { gpu: false, build: 'never', skipDownload: true } as const;
  const llama = await library.getLlama({ ...options, logLevel: library.LlamaLogLevel.error });
  context.after(() => llama.dispose());
  const file = await library.readGgufFileInfo(TINYCODE, { sourceType: 'filesystem' });
  const { prototype } = library.GgufInsights;
  const own = prototype.estimateContextResourceRequirementsV2;

  async function estimates(gpu: false | 'cuda', info = file): Promise<number[]> {
    chooseEstimates(library, { gpu });
    const insights = await library.GgufInsights.from(info, llama);
    const model = await insights.estimateModelResourceRequirementsV2({ gpuLayers: 0 });
    const found = [model.cpuRam];
    for (const contextSize of [512, 2048, 65_536]) {
      const shape = { contextSize, modelGpuLayers: 0, batchSize: 512, sequences: 1 };
      found.push((await insights.estimateContextResourceRequirementsV2(shape)).cpuRam);
    }
    return found;
  }

  const planned = await estimates('cuda');
  assert.equal(prototype.estimateContextResourceRequirementsV2, own);
  const computed = await estimates(false);
  assert.notEqual(prototype.estimateContextResourceRequirementsV2, own);
  context.diagnostic(`planned ${planned.join(', ')}, computed ${computed.join(', ')} bytes`);
  for (const [index, bytes] of planned.entries()) {
    const difference = Math.abs((computed[index] ?? 0) - bytes);
    assert.ok(difference <= TOLERANCE * bytes + SMALL_BYTES, `${computed[index]} and ${bytes} bytes`);
  }
  // Keys and values of different sizes, as of latent attention, for which the formulas are far off.
  const { attention } = file.architectureMetadata;
  const architectureMetadata = {
    ...file.architectureMetadata,
    attention: { ...attention, key_length: 576, value_length: 512 },
  };
  const [, ...latent] = await estimates(false, { ...file, architectureMetadata } as typeof file);
  assert.deepEqual(latent, planned.slice(1));
  assert.deepEqual(await estimates('cuda'), planned);
  assert.equal(prototype.estimateContextResourceRequirementsV2, own);
});
