/** Models of safetensors for vLLM, pulled as Docker's packager and ModelPack have them. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { saveCopies, vllmCacheFiles, vllmCommand } from '../../../src/export/index.ts';
import { listModels } from '../../../src/library/index.ts';
import { parseReference, RegistryClient } from '../../../src/oci/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { pullModel } from '../../../src/transfer/index.ts';
import { makeTar } from '../../support/archives.ts';
import { buildArtifact } from '../../support/buildArtifact.ts';
import { modelHandler, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { writeToySafetensors } from '../../support/toySafetensors.ts';

const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];

/** Docker's v0.1: shards as layers, and all configs in one tar. */
async function pulled(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-vllm-'));
  const source = join(folder, 'source');
  await writeToySafetensors(source);
  const configs = (await readdir(source)).filter((name) => !name.endsWith('.safetensors')).sort();
  const tar = await makeTar(join(folder, 'config.tar'), source, configs);
  const model = await buildArtifact({
    configType: 'application/vnd.docker.ai.model.config.v0.1+json',
    config: { config: { format: 'safetensors' } },
    layers: [
      ...SHARDS.map((name) => ({
        path: join(source, name),
        mediaType: 'application/vnd.docker.ai.safetensors',
        annotations: { 'org.cncf.model.filepath': name },
      })),
      { path: tar, mediaType: 'application/vnd.docker.ai.vllm.config.tar' },
    ],
  });
  const server = await startFakeRegistry(modelHandler(model));
  const registry = new RegistryClient();
  const store = await ModelStore.open(join(folder, 'store'));
  t.after(async () => {
    store.dispose();
    await registry.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const reference = parseReference(`${server.host}/ai/toy`);
  const result = await pullModel(reference, { registry, store });
  const stored = await store.getReference(reference);
  const digests = new Map(stored?.files.map(({ name, digest }) => [name, digest]));
  const parts = (await store.restoreFiles(reference)).map(({ name, path }) => ({
    name,
    path,
    digest: digests.get(name) ?? '',
  }));
  return { folder, source, configs, model, store, reference, result, parts };
}

describe('a model of safetensors', () => {
  test('is a folder that vLLM serves, and is listed with the reason why it does not run here', async (t) => {
    const { source, configs, store, reference, result, parts } = await pulled(t);
    assert.equal(result.artifact.format, 'safetensors');
    assert.equal(result.artifact.runnable, false);
    const home = dirname(store.modelFilePath(reference, 'x'));
    assert.deepEqual((await readdir(home)).sort(), [...configs, ...SHARDS].sort());
    for (const name of await readdir(source)) {
      assert.deepEqual(await readFile(join(home, name)), await readFile(join(source, name)), name);
    }
    const [listed] = await listModels(store);
    assert.equal(listed?.problem, undefined);
    assert.equal(listed?.reason, 'Not runnable here: a safetensors model, which vLLM can serve.');
    assert.equal(vllmCommand(parts, 'toy:latest'), `vllm serve ${home} --served-model-name toy:latest`);
  });

  test('is exported as vLLM’s cache has it', async (t) => {
    const { folder, model, store, reference, parts, configs } = await pulled(t);
    const manifest = store.blobPath(model.manifestDescriptor.digest);
    const cache = join(folder, 'cache');
    const { files, folder: home } = vllmCacheFiles(reference, manifest, parts, cache);
    await saveCopies(files, { storeRoot: store.root });
    const entries = await readdir(cache, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(home, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
    const shards = model.layers.slice(0, 2).map(({ descriptor }, index) => {
      return `layers/000${index}_${descriptor.digest.slice('sha256:'.length)}.safetensors`;
    });
    assert.deepEqual(
      names.sort(),
      ['manifest.json', ...shards, ...configs.map((name) => `config/${name}`)].sort(),
    );
    assert.deepEqual(await readFile(join(home, 'manifest.json')), model.manifest);
    assert.match(home, /[/\\]127\.0\.0\.1_\d+_ai_toy_latest$/);
  });

  test('has its folder as one word of a shell', () => {
    const part = { name: 'a.safetensors', digest: '', path: "/home/it's me/models/a/a.safetensors" };
    assert.equal(
      vllmCommand([part], 'a b'),
      "vllm serve '/home/it'\\''s me/models/a' --served-model-name 'a b'",
    );
  });

  test('has a command for one GPU, all of a machine, and a cluster', () => {
    const parts = [{ name: 'model.safetensors', digest: '', path: '/m/toy/model.safetensors' }];
    const serve = 'vllm serve /m/toy --served-model-name toy:latest';
    assert.equal(vllmCommand(parts, 'toy:latest', 'one-gpu'), serve);
    assert.equal(
      vllmCommand(parts, 'toy:latest', 'several-gpus'),
      `${serve} --tensor-parallel-size "$(nvidia-smi -L | wc -l)"`,
    );
    assert.equal(
      vllmCommand(parts, 'toy:latest', 'ray-cluster'),
      `# On the first machine:
ray start --head --port=6379
# On each other machine, with the address of the first one:
ray start --address=ADDRESS_OF_THE_FIRST:6379
# On the first machine again. All machines need the model at the same path.
MACHINES=2
${serve} --distributed-executor-backend ray --tensor-parallel-size "$(nvidia-smi -L | wc -l)" --pipeline-parallel-size "$MACHINES"`,
    );
  });

  test('a GGUF is served as a file, if it is a single one', () => {
    const gguf = { name: 'a.gguf', digest: '', path: '/m/a.gguf' };
    assert.equal(vllmCommand([gguf], 'a'), 'vllm serve /m/a.gguf --served-model-name a');
    const split = { ...gguf, name: 'a-00001-of-00002.gguf' };
    assert.throws(() => vllmCommand([split], 'a'), { code: 'unsupported-artifact', message: /split/ });
    const license = { name: 'LICENSE', digest: '', path: '/m/LICENSE' };
    assert.throws(() => vllmCommand([license], 'a'), { code: 'unsupported-artifact' });
  });
});
