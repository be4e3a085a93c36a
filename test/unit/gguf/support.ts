import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isModelError } from '../../../src/base/error.ts';
import { readGgufSummary } from '../../../src/gguf/index.ts';

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
