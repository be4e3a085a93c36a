import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isModelError } from '../../../src/base/error.ts';
import { type GgufSummary, readGgufSummary } from '../../../src/gguf/index.ts';

/** A trained model of 3.7 million parameters. */
export const TINYCODE = fileURLToPath(new URL('../../fixtures/tinycode-q8_0.gguf', import.meta.url));

/** Writes files in a temporary folder; returns the path of the first. */
export async function writeFiles(t: TestContext, files: Readonly<Record<string, Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-gguf-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return join(folder, Object.keys(files)[0] ?? '');
}

/** The message with which a file is refused. */
export async function refusal(t: TestContext, bytes: Buffer): Promise<string> {
  const path = await writeFiles(t, { 'model.gguf': bytes });
  try {
    await readGgufSummary(path);
  } catch (error) {
    assert.ok(isModelError(error, 'gguf-invalid'), String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: 'the file was accepted' });
}

/** Llama 3 with 8 B parameters as Q4_K_M, in its shape. */
export const LLAMA_8B: GgufSummary = {
  version: 3,
  architecture: 'llama',
  quantization: 'Q4_K_M',
  parameters: 8_030_261_312,
  contextTokens: 8192,
  embeddingLength: 4096,
  feedForwardLength: 14_336,
  blockCount: 32,
  headCount: 32,
  headCountKv: 8,
  cache: { fullElements: 32 * 8 * 2 * 128, slidingElements: 0, stateBytes: 0 },
  vocabularySize: 128_256,
  mergeCount: 280_147,
  infill: false,
  tensorCount: 291,
  matrixBytes: { Q4_K: 3_000_000_000, Q6_K: 1_600_000_000 },
  embeddingBytes: 295_501_824,
  fileBytes: 4_920_000_000,
};
