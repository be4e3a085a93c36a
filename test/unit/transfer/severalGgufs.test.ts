/** Several GGUFs whose names, types and sizes do not tell the model: the header of each does. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { weightsOf } from '../../../src/artifact/index.ts';
import { isModelError } from '../../../src/base/error.ts';
import { Inspector } from '../../../src/catalog/index.ts';
import { readPublished } from '../../../src/library/facts.ts';
import { parseReference, RegistryClient } from '../../../src/oci/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { pullModel } from '../../../src/transfer/index.ts';
import { buildArtifact } from '../../support/buildArtifact.ts';
import { modelHandler, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { tarOf } from '../../support/tarWriter.ts';
import { TINYCODE } from '../gguf/support.ts';
import { gguf, LLAMA, text, u32, type Value } from '../gguf/writer.ts';

type Pairs = readonly (readonly [string, Value])[];

const PLAIN = 'application/vnd.oci.image.layer.v1.tar';
const TITLE = 'org.opencontainers.image.title';
const PACK = 'application/vnd.cncf.model.weight.v1.tar';

let folder: string;
let tinycode: Buffer;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oci-models-several-'));
  tinycode = await readFile(TINYCODE);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Of no use but for its header, and as large as the model. */
function companion(pairs: Pairs): Buffer {
  return Buffer.concat([gguf({ pairs: [...LLAMA, ...pairs] }), Buffer.alloc(tinycode.length)]);
}

const COMPANIONS: readonly (readonly [role: string, pairs: Pairs])[] = [
  ['adapter', [['general.type', text('adapter')]]],
  ['projector', [['general.type', text('mmproj')]]],
  ['other', [['llama.pooling_type', u32(1)]]],
  ['tokenizer', [['tokenizer.ggml.tokens', { type: 'texts', value: ['a', 'b'] }]]],
];

async function start(t: TestContext, layers: readonly (readonly [name: string, Buffer])[], type = PLAIN) {
  const own = await mkdtemp(join(folder, 'layers-'));
  const built = await buildArtifact({
    configType: type === PACK ? 'application/vnd.cncf.model.config.v1+json' : 'application/x',
    layers: await Promise.all(
      layers.map(async ([name, bytes]) => {
        const path = join(own, name);
        await writeFile(path, bytes);
        return { path, mediaType: type, annotations: type === PACK ? {} : { [TITLE]: name } };
      }),
    ),
  });
  const server = await startFakeRegistry(modelHandler(built));
  const registry = new RegistryClient({ retryBaseMs: 1 });
  const store = await ModelStore.open(await mkdtemp(join(folder, 'store-')));
  t.after(async () => {
    store.dispose();
    await registry.close();
    await server.close();
  });
  const reference = parseReference(`${server.host}/ai/model:1`);
  return { server, registry, store, reference, pull: () => pullModel(reference, { registry, store }) };
}

describe('two GGUFs of which the header tells the model', () => {
  for (const [role, pairs] of COMPANIONS) {
    test(`the other one is ${role}: pulled, listed and looked at as one model`, async (t) => {
      const layers = [['a.gguf', companion(pairs)] as const, ['b.gguf', tinycode] as const];
      const { registry, store, reference, pull } = await start(t, layers);
      const { artifact } = await pull();
      assert.deepEqual(
        artifact.files.map((file) => `${file.role} ${file.path}`),
        ['weights b.gguf', `${role} a.gguf`],
      );
      const [stored] = await store.references();
      assert.ok(stored !== undefined);
      const { published } = await readPublished(store, stored);
      assert.deepEqual(
        published.weights.map(({ name }) => name),
        ['b.gguf'],
      );
      assert.equal((await pull()).alreadyPresent, true);
      const found = await new Inspector({ registry: () => registry }).inspect(reference, { extent: 'shape' });
      assert.deepEqual([found.weightBytes, found.description?.blockCount], [tinycode.length, 5]);
    });
  }

  test('they may be in an archive', async (t) => {
    const [, pairs = []] = COMPANIONS[0] ?? [];
    const tar = tarOf({ name: 'a.gguf', body: companion(pairs) }, { name: 'b.gguf', body: tinycode });
    const { store, pull } = await start(t, [['m.tar', tar]], PACK);
    assert.deepEqual(
      weightsOf((await pull()).artifact).map(({ path }) => path),
      ['b.gguf'],
    );
    const [stored] = await store.references();
    assert.ok(stored !== undefined);
    const { published } = await readPublished(store, stored);
    assert.deepEqual(
      published.weights.map(({ name }) => name),
      ['b.gguf'],
    );
  });
});

describe('GGUFs of which the headers do not tell the model', () => {
  test('are refused before the download, after a look at the beginning of each', async (t) => {
    const big = Buffer.concat([tinycode, Buffer.alloc(2_000_000)]);
    const bigger = Buffer.concat([tinycode, Buffer.alloc(2_100_000)]);
    const { server, store, pull } = await start(t, [
      ['a.gguf', big],
      ['b.gguf', bigger],
    ]);
    await assert.rejects(pull(), (error) => {
      assert.ok(isModelError(error, 'unsupported-artifact'));
      assert.match(error.message, /has 2 models in it \(a\.gguf, b\.gguf\)/);
      return true;
    });
    assert.deepEqual(
      server.requests.flatMap(({ headers }) => headers.range ?? []),
      ['bytes=0-262143', 'bytes=0-262143'],
    );
    assert.deepEqual(await store.references(), []);
  });

  test('are not looked at if there are too many of them', async (t) => {
    const layers = Array.from({ length: 17 }, (_, index): [string, Buffer] => [
      `m${index}.gguf`,
      gguf({ pairs: [...LLAMA, ['general.name', text(`m${index}`)]] }),
    ]);
    const { server, pull } = await start(t, layers);
    await assert.rejects(pull(), (error) => isModelError(error, 'unsupported-artifact'));
    assert.ok(server.requests.every(({ headers }) => headers.range === undefined));
  });

  test('are not looked at if names and sizes tell', async (t) => {
    const [, pairs = []] = COMPANIONS[0] ?? [];
    const { server, pull } = await start(t, [
      ['m.gguf', tinycode],
      ['m-lora.gguf', companion(pairs).subarray(0, tinycode.length)],
    ]);
    const { artifact } = await pull();
    assert.deepEqual(
      weightsOf(artifact).map(({ path }) => path),
      ['m.gguf'],
    );
    const blobs = server.requests.filter(({ url }) => url?.includes('/blobs/') === true);
    assert.equal(new Set(blobs.map(({ url }) => url)).size, blobs.length);
  });
});
