import assert from 'node:assert/strict';
import { chmod, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { formatParameters } from '../../../src/base/format.ts';
import { findModel, listModels } from '../../../src/library/index.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { buildArtifact } from '../../support/buildArtifact.ts';
import { buildDockerModel } from '../../support/dockerModel.ts';
import { addLocalModel } from '../../support/localModel.ts';
import { gguf, LLAMA, type Value } from '../gguf/writer.ts';

const TINYCODE = fileURLToPath(new URL('../../fixtures/tinycode-q8_0.gguf', import.meta.url));

async function openStore(t: TestContext): Promise<ModelStore> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-library-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return ModelStore.open(folder, { now: () => 1_790_000_000_000 });
}

describe('the library', () => {
  test('describes a model by its manifest and its header', async (t) => {
    const store = await openStore(t);
    const built = await buildDockerModel([TINYCODE], { quantization: 'Q8_0', parameters: '3.74 M' });
    const reference = await addLocalModel(store, 'tinycode:Q8_0', built);
    const [model, ...more] = await listModels(store);
    assert.deepEqual(more, []);
    assert.ok(model);
    const { summary, ...rest } = model;
    assert.deepEqual(rest, {
      id: 'docker.io/ai/tinycode:Q8_0',
      reference,
      name: 'tinycode',
      tag: 'Q8_0',
      manifestDigest: built.manifestDescriptor.digest,
      sizeBytes: 4_037_824,
      loadedBytes: 4_037_824,
      modelPath: store.modelFilePath(reference, 'tinycode-q8_0.gguf'),
      quantization: 'Q8_0',
      parameters: '3.74 M',
      architecture: 'llama',
      contextTokens: 2048,
      infill: true,
      format: 'gguf',
      family: 'docker',
      pulledAt: 1_790_000_000_000,
    });
    assert.equal(summary?.blockCount, 5);
    assert.deepEqual(await findModel(store, reference), model);
    assert.equal(await findModel(store, parseReference('other')), undefined);
  });

  test('knows the LoRA adapters of a model, and misses one that is gone', async (t) => {
    const store = await openStore(t);
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-adapter-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const adapter = join(folder, 'style.gguf');
    const pairs = [['general.type', { type: 'text', value: 'adapter' }]] as const;
    await writeFile(adapter, gguf({ pairs }));
    const built = await buildDockerModel([TINYCODE, adapter], { adapters: ['style.gguf'] });
    const reference = await addLocalModel(store, 'tinycode:style', built);
    const [model] = await listModels(store);
    assert.deepEqual(
      [model?.problem, model?.reason, model?.modelPath],
      [undefined, undefined, store.modelFilePath(reference, 'tinycode-q8_0.gguf')],
    );
    const [path = '', ...more] = model?.adapterPaths ?? [];
    assert.equal(model?.loadedBytes, 4_037_824 + (await readFile(adapter)).length);
    assert.deepEqual(await readFile(path), await readFile(adapter));
    assert.deepEqual(more, []);
    // From the cache too.
    assert.deepEqual((await listModels(store))[0]?.adapterPaths, [path]);
    await rm(path);
    assert.match((await listModels(store))[0]?.problem ?? '', /is missing/);
  });

  test('says what a file is that is no language model, also after the next start', async (t) => {
    const store = await openStore(t);
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-library-'));
    t.after(() => rm(folder, { recursive: true }));
    const path = join(folder, 'embed.gguf');
    const pairs: [string, Value][] = [...LLAMA, ['llama.pooling_type', { type: 'u32', value: 1 }]].map(
      ([key, value]) => [key as string, value as Value],
    );
    await writeFile(path, gguf({ pairs, tensors: [{ name: 'token_embd.weight', sizes: [8, 8] }] }));
    await addLocalModel(store, 'embed', await buildDockerModel([path]));
    for (const opened of [store, store, await ModelStore.open(store.root)]) {
      const [model] = await listModels(opened);
      assert.equal(model?.reason, 'Not runnable here: an embedding model, which cannot chat.');
      assert.equal(model.problem, undefined);
      assert.equal(model.summary?.kind, 'embedding');
    }
  });

  test('says that parts of a model are missing of which the first one was renamed', async (t) => {
    const store = await openStore(t);
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-library-'));
    t.after(() => rm(folder, { recursive: true }));
    const path = join(folder, 'renamed.gguf');
    const pairs: [string, Value][] = [
      ...LLAMA.map(([key, value]): [string, Value] => [key, value]),
      ['split.no', { type: 'u16', value: 0 }],
      ['split.count', { type: 'u16', value: 3 }],
    ];
    await writeFile(path, gguf({ pairs, tensors: [{ name: 'token_embd.weight', sizes: [8, 8] }] }));
    await addLocalModel(store, 'part', await buildDockerModel([path]));
    for (const opened of [store, await ModelStore.open(store.root)]) {
      const [model] = await listModels(opened);
      assert.equal(
        model?.reason,
        'Not runnable here: only 1 of the 3 files of the model. Pull it from where all of them are.',
      );
      assert.equal(model.problem, undefined);
    }
  });

  test('reads the header once for all names of a model', async (t) => {
    const store = await openStore(t);
    const built = await buildDockerModel([TINYCODE]);
    await addLocalModel(store, 'ghcr.io/org/tiny:a', built);
    await addLocalModel(store, 'ghcr.io/org/tiny:b', built);
    const [first] = await listModels(store);
    const [, second] = await listModels(store);
    assert.deepEqual([first?.name, first?.tag, second?.tag], ['ghcr.io/org/tiny', 'a', 'b']);
    assert.ok(first?.summary);
    assert.equal(first.summary, second?.summary);
  });

  test('names a model that was pulled by digest', async (t) => {
    const store = await openStore(t);
    const built = await buildDockerModel([TINYCODE]);
    const { digest } = built.manifestDescriptor;
    await addLocalModel(store, `ai/tinycode@${digest}`, built);
    const [model] = await listModels(store);
    assert.deepEqual(
      [model?.name, model?.tag, model?.id],
      ['tinycode', digest.slice(0, 'sha256:'.length + 12), `docker.io/ai/tinycode@${digest}`],
    );
  });

  test('shows a damaged model with its problem, among the others', async (t) => {
    const store = await openStore(t);
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-library-'));
    t.after(() => rm(folder, { recursive: true }));
    const garbage = join(folder, 'garbage.gguf');
    await writeFile(garbage, 'this is no GGUF');
    await addLocalModel(store, 'good', await buildDockerModel([TINYCODE]));
    await addLocalModel(store, 'garbage', await buildDockerModel([garbage], { quantization: 'Q4_0' }));
    const lost = await buildDockerModel([garbage], { quantization: 'lost' });
    await addLocalModel(store, 'lost', lost);
    await store.removeBlob(lost.manifestDescriptor.digest);
    const models = new Map((await listModels(store)).map((model) => [model.name, model]));
    assert.deepEqual([...models.keys()], ['garbage', 'good', 'lost']);
    assert.equal(models.get('good')?.problem, undefined);
    assert.match(models.get('garbage')?.problem ?? '', /is not a usable GGUF file.*Choose another model/);
    assert.equal(models.get('garbage')?.quantization, 'Q4_0');
    assert.match(models.get('lost')?.problem ?? '', /is not in the model store/);
    assert.match(models.get('lost')?.modelPath ?? '', /garbage\.gguf$/);
  });

  test('reads what is known from a cache, but for what is damaged since', async (t) => {
    const store = await openStore(t);
    const built = await buildDockerModel([TINYCODE]);
    const reference = await addLocalModel(store, 'tinycode', built);
    const before = await listModels(store);
    assert.equal(before.length, 1);
    const cache = join(store.root, 'cache', 'models.ndjson');
    const lines = (await readFile(cache, 'utf8')).split('\n');
    assert.equal(lines.length, 3);
    assert.deepEqual(await listModels(await ModelStore.open(store.root)), before);
    // A cache that says something else is believed where its sum is right, so it was read above.
    const json = (lines[1] ?? '').slice(9).replace('"blockCount":5', '"blockCount":6');
    const changed = `${crc32(json).toString(16).padStart(8, '0')} ${json}`;
    await writeFile(cache, [lines[0], changed, ''].join('\n'));
    const [believed] = await listModels(await ModelStore.open(store.root));
    assert.equal(believed?.summary?.blockCount, 6);
    await writeFile(cache, [lines[0], changed.replace('"blockCount":6', '"blockCount":7'), ''].join('\n'));
    assert.deepEqual(await listModels(await ModelStore.open(store.root)), before);
    await store.removeBlob(built.configDescriptor.digest);
    const [damaged] = await listModels(await ModelStore.open(store.root));
    assert.match(damaged?.problem ?? '', /not in the model store/);
    await store.deleteReference(reference);
    assert.deepEqual(await listModels(store), []);
  });

  test("knows what the publisher wants of sampling, before what the model's file wants", async (t) => {
    const store = await openStore(t);
    const file = async (name: string, content: string | Buffer) => {
      await writeFile(join(store.root, name), content);
      return join(store.root, name);
    };
    const sampling: [string, Value][] = [
      ['general.sampling.temp', { type: 'f32', value: 0.7 }],
      ['general.sampling.top_k', { type: 'i32', value: 40 }],
    ];
    const weights = await file('m.gguf', gguf({ pairs: [...LLAMA, ...sampling] }));
    const params = { top_k: 20, repeat_penalty: 1, min_p: 'low', stop: ['END'] };
    const ollama = await buildArtifact({
      configType: 'application/vnd.docker.container.image.v1+json',
      layers: [
        { path: weights, mediaType: 'application/vnd.ollama.image.model' },
        {
          path: await file('params', JSON.stringify(params)),
          mediaType: 'application/vnd.ollama.image.params',
        },
      ],
    });
    await addLocalModel(store, 'ollama:both', ollama);
    await addLocalModel(store, 'docker:file', await buildDockerModel([weights]));
    await addLocalModel(store, 'tinycode:nothing', await buildDockerModel([TINYCODE]));
    const expected = new Map<string, unknown>([
      ['both', { sampling: { temperature: 0.7, topK: 20, repeatPenalty: 1 }, stop: ['END'] }],
      ['file', { sampling: { temperature: 0.7, topK: 40 } }],
      ['nothing', undefined],
    ]);
    // The second store reads it from its cache.
    for (const opened of [store, await ModelStore.open(store.root)]) {
      const models = await listModels(opened);
      const found = models.map(({ tag, defaults, problem }) => [tag, problem ?? defaults] as const);
      assert.deepEqual(new Map(found), expected);
    }
  });

  test('lists what verification set aside as damaged, and whole after the next pull', async (t) => {
    const store = await openStore(t);
    const built = await buildDockerModel([TINYCODE]);
    const reference = await addLocalModel(store, 'tinycode', built);
    const [whole] = await listModels(store);
    assert.equal(whole?.problem, undefined);
    const path = store.modelFilePath(reference, 'tinycode-q8_0.gguf');
    await chmod(path, 0o644);
    const file = await open(path, 'r+');
    await file.write(Buffer.from([1]), 0, 1, 2_000_000);
    await file.close();
    assert.equal((await store.verify()).damaged.length, 1);
    assert.match((await listModels(store))[0]?.problem ?? '', /is missing\. Pull the model again/);
    await addLocalModel(store, 'tinycode', built);
    assert.deepEqual((await listModels(store))[0], whole);
  });

  test('notices when a file is cut off or removed later', async (t) => {
    const store = await openStore(t);
    const built = await buildDockerModel([TINYCODE]);
    const reference = await addLocalModel(store, 'tinycode', built);
    const path = store.modelFilePath(reference, 'tinycode-q8_0.gguf');
    const problem = async () => (await findModel(store, reference))?.problem;
    assert.equal(await problem(), undefined);
    await chmod(path, 0o644);
    await truncate(path, 1000);
    assert.match((await problem()) ?? '', /has 1000 bytes instead of 4037824/);
    await rm(path);
    assert.match((await problem()) ?? '', /is missing/);
    await store.removeBlob(digestOf(Buffer.from('not there')));
  });
});

test('counts of parameters are short', () => {
  const cases: [number, string][] = [
    [0, '0'],
    [999, '999'],
    [1000, '1K'],
    [3_738_368, '3.7M'],
    [361_821_120, '361.8M'],
    [999_960_000, '1B'],
    [7_241_732_096, '7.2B'],
    [1.2e12, '1.2T'],
  ];
  for (const [count, expected] of cases) assert.equal(formatParameters(count), expected);
});
