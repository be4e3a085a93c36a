/** What the tests of other tools' stores share: a machine in a temporary folder, and small models. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Machine } from '../../../src/adopt/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { writeToyGguf } from '../../support/toyGguf.ts';
import { gguf, LLAMA, u32 } from '../gguf/writer.ts';

export { recordingLog } from '../store/support.ts';

/** A machine on which nothing is installed. */
export interface TestMachine {
  readonly machine: Machine;
  readonly root: string;
  readonly home: string;
  /** A toy model's GGUF, outside of all stores. */
  readonly toy: string;
  readonly store: ModelStore;
}

export async function testMachine(
  t: TestContext,
  env: Readonly<Record<string, string>> = {},
  platform: NodeJS.Platform = 'linux',
): Promise<TestMachine> {
  const root = await mkdtemp(join(tmpdir(), 'oci-models-adopt-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const home = join(root, 'home');
  await mkdir(home);
  const toy = join(root, 'toy-F16.gguf');
  await writeToyGguf(toy, { reply: 'Imported.', name: 'Toy' });
  const store = await ModelStore.open(join(root, 'store'));
  t.after(() => store.dispose());
  return { machine: { home, platform, env, root }, root, home, toy, store };
}

/** The bytes of a toy that says something else. */
export async function otherToy(t: TestContext, reply: string): Promise<Buffer> {
  const root = await mkdtemp(join(tmpdir(), 'oci-models-toy-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const path = join(root, 'toy.gguf');
  await writeToyGguf(path, { reply });
  return readFile(path);
}

/** One part of a model in two. @param number 1 or 2. */
export function shard(number: number): Buffer {
  return gguf({
    pairs: [
      ...(number === 1 ? LLAMA : []),
      ['split.no', { type: 'u16', value: number - 1 }],
      ['split.count', { type: 'u16', value: 2 }],
      ['general.file_type', u32(15)],
    ],
    tensors: [{ name: `tensor${number}`, sizes: [64] }],
  });
}
