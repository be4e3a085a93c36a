/**
 * Several processes that pull, delete, verify and collect garbage in one store at the same time, and are killed now
 * and then. The models share content, in layers and in archives of all kinds.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { zstdCompressSync } from 'node:zlib';
import { listModels } from '../../src/library/index.ts';
import { parseReference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { pullModel } from '../../src/transfer/index.ts';
import { buildModelPack } from '../support/buildArtifact.ts';
import { buildDockerModel } from '../support/dockerModel.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { runs } from '../support/longRuns.ts';
import { pushModel } from '../support/pushModel.ts';
import { randomFrom } from '../support/random.ts';
import { testSeed } from '../support/seed.ts';
import { tarOf } from '../support/tarWriter.ts';
import type { StoreMessage } from './storeChild.ts';

const CHILD = fileURLToPath(new URL('storeChild.ts', import.meta.url));
const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));
const WINDOWS = 3;
/** What each window does before it closes. */
const ACTIONS = runs(60, 400);
/** How often each window is killed. */
const KILLS = runs(3, 15);
const SEED = testSeed(20_261_123);
const skip = hasDockerRegistry() ? false : 'docker-registry is not installed';
const DAY_MS = 24 * 60 * 60 * 1000;

describe('many windows', { skip }, () => {
  let server: DockerRegistry;
  let folder: string;
  const names = ['ai/plain:a', 'ai/plain:b', 'ai/other:x', 'ai/tar:x', 'ai/zstd:x'];
  const registry = new RegistryClient();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-windows-'));
    server = await startDockerRegistry();
    const gguf = await readFile(FIXTURE);
    const file = async (name: string, bytes: Uint8Array): Promise<string> => {
      await writeFile(join(folder, name), bytes);
      return join(folder, name);
    };
    const plain = join(folder, 'model.gguf');
    await copyFile(FIXTURE, plain);
    const tar = tarOf({ name: 'README.md', body: 'text' }, { name: 'model.gguf', body: gguf });
    const models = [
      await buildDockerModel([plain]),
      await buildDockerModel([plain], { quantization: 'Q8_0' }),
      await buildDockerModel([await file('other.gguf', Buffer.concat([gguf, Buffer.alloc(100, 1)]))]),
      await buildModelPack([{ path: await file('model.tar', tar), packing: 'tar' }]),
      await buildModelPack([{ path: await file('model.zst', zstdCompressSync(tar)), packing: 'tar+zstd' }]),
    ];
    for (const [index, name] of names.entries()) {
      const [repository = '', tag = ''] = name.split(':');
      const model = models[index];
      if (model !== undefined) await pushModel(server.host, repository, tag, model);
    }
  });
  after(async () => {
    await registry.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs windows, each to its end or, with `kills`, each anew until it was killed often enough. */
  async function run(
    root: string,
    kills: boolean,
  ): Promise<{ failures: string[]; counts: Map<string, number> }> {
    const failures: string[] = [];
    const counts = new Map<string, number>([['kill', 0]]);
    const count = (what: string, many: number): void => void counts.set(what, (counts.get(what) ?? 0) + many);
    const random = randomFrom(SEED);
    const window = async (): Promise<void> => {
      for (let round = 0; round < (kills ? KILLS : 1); round++) {
        const seed = Math.floor(random() * 2 ** 31);
        const actions = kills ? Number.MAX_SAFE_INTEGER : ACTIONS;
        const parameters = [root, server.host, names.join(','), seed, actions];
        const child = fork(CHILD, parameters.map(String), { stdio: 'inherit' });
        child.on('message', (message: StoreMessage) => {
          if ('failure' in message) failures.push(message.failure);
          else for (const [what, many] of Object.entries(message.counts)) count(what, many);
        });
        const kill = (): void => {
          count('kill', 1);
          child.kill('SIGKILL');
        };
        const timer = kills ? setTimeout(kill, 600 + 1500 * random()) : undefined;
        await once(child, 'close');
        clearTimeout(timer);
      }
    };
    await Promise.all(Array.from({ length: WINDOWS }, window));
    return { failures, counts };
  }

  /** All is there, can be used, and can be removed to the last file. */
  async function assertSound(root: string): Promise<void> {
    const store = await ModelStore.open(root);
    assert.deepEqual((await store.verify()).damaged, []);
    for (const name of names) await pullModel(parseReference(`${server.host}/${name}`), { registry, store });
    const models = await listModels(store);
    assert.equal(models.length, names.length);
    assert.deepEqual(
      models.flatMap(({ problem }) => problem ?? []),
      [],
    );
    assert.deepEqual(await store.partialDownloads(), []);
    for (const { reference } of models) await store.deleteReference(reference);
    await store.collectGarbage({ now: Date.now() + 10 * DAY_MS });
    for (const name of ['blobs/sha256', 'models', 'refs', 'ingest', 'unpacked'])
      assert.deepEqual(await readdir(join(root, name)), [], name);
    store.dispose();
  }

  async function check(t: TestContext, kills: boolean): Promise<void> {
    const root = join(folder, `store-${kills}`);
    const { failures, counts } = await run(root, kills);
    t.diagnostic(`seed ${SEED}: ${[...counts].map(([what, many]) => `${what} ${many}`).join(', ')}`);
    assert.deepEqual(failures, []);
    await assertSound(root);
    if (kills) assert.equal(counts.get('kill'), WINDOWS * KILLS);
    else for (const what of ['pulled', 'delete', 'verify', 'collect']) assert.ok(counts.get(what), what);
  }

  test('do whatever they like with one store', (t) => check(t, false));
  test('and are killed at any moment', (t) => check(t, true));
});
