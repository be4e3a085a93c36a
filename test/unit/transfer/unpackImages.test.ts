/** Pulls of models in container images, and of archives of any bytes. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf, MediaType, parseReference } from '../../../src/oci/index.ts';
import { ContentStore, ModelStore } from '../../../src/store/index.ts';
import { LayerIngest } from '../../../src/transfer/unpack/layerIngest.ts';
import { buildArtifact } from '../../support/buildArtifact.ts';
import type { BuiltModel } from '../../support/dockerModel.ts';
import fc from '../../support/fastCheck.ts';
import { randomBytes } from '../../support/random.ts';
import { paxHeader, tarMember, tarOf } from '../../support/tarWriter.ts';
import { assertNothing, digest, folder, gguf, image, serve } from './unpackSupport.ts';

describe('a container image', () => {
  const other = Buffer.concat([Buffer.from('GGUF'), randomBytes(100)]);

  test('is its layers on top of each other, without what whiteouts remove', async (t) => {
    const { pull, names } = await serve(
      t,
      await image(
        [
          { name: 'models/old.gguf', body: other },
          { name: 'models/tiny.gguf', body: other },
          { name: 'all/x.gguf', body: other },
        ],
        [
          { name: 'models/.wh.old.gguf' },
          { name: 'models/tiny.gguf', body: gguf },
          { name: 'all/.wh..wh..opq' },
        ],
        [
          { name: 'models/LICENSE', body: 'free' },
          { name: 'LICENSE', body: 'of the image' },
        ],
      ),
    );
    const { artifact } = await pull();
    assert.equal(artifact.files[0]?.digest, digest);
    assert.deepEqual(await names(), ['models/LICENSE', 'models/tiny.gguf']);
  });

  test('a whiteout of a folder removes what is in it, and not what its own layer puts there', async (t) => {
    const { pull, names } = await serve(
      t,
      await image(
        [{ name: 'models/a/old.gguf', body: other }],
        [{ name: 'models/a/new.gguf', body: gguf }, { name: '.wh.models' }],
      ),
    );
    await pull();
    assert.deepEqual(await names(), ['models/a/new.gguf']);
  });

  test('says with a link which of several models it is', async (t) => {
    const { pull, names } = await serve(
      t,
      await image(
        [
          { name: 'models/', type: '5' },
          { name: 'models/v1/big', body: gguf },
          { name: 'models/v1/mmproj.gguf', body: other },
          { name: 'models/v0/small.gguf', body: Buffer.concat([other, other]) },
        ],
        [
          { name: 'models/latest', type: '2', linkName: 'v1' },
          { name: 'models/model.file', type: '2', linkName: '/models/latest/big' },
        ],
      ),
    );
    const { artifact } = await pull();
    assert.deepEqual(
      artifact.files.map(({ path, role }) => [path, role]),
      [
        ['models/v1/big.gguf', 'weights'],
        ['models/v1/mmproj.gguf', 'projector'],
      ],
    );
    assert.deepEqual(await names(), ['models/v1/big.gguf', 'models/v1/mmproj.gguf']);
  });

  test('a link out of it leads nowhere', async (t) => {
    const { pull, names } = await serve(
      t,
      await image([
        { name: 'models/model.file', type: '2', linkName: '../../../etc/passwd' },
        { name: 'tiny.gguf', body: gguf },
        { name: '../../evil.gguf', body: other },
        { name: 'dev/sda', type: '4' },
        { name: 'usr/lib/python3/site-packages/x/test.gguf', body: other },
        { name: 'app/ggml-vocab-llama.gguf', body: other },
      ]),
    );
    await pull();
    assert.deepEqual(await names(), ['tiny.gguf']);
  });

  test('without a model is said to be one, with what there is', async (t) => {
    const { pull, store } = await serve(t, await image([{ name: 'app/main.py', body: 'print()' }]));
    await assert.rejects(pull(), {
      code: 'unsupported-artifact',
      message: /container image has no model in it/,
    });
    await assertNothing(store);
  });
});

describe('any archive', () => {
  const part = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '',
      'a',
      'b.gguf',
      'config.json',
      'C:',
      '\\',
      '~',
      'aux',
      '.wh.a',
      '.wh..wh..opq',
      'models',
    ),
    fc.string({ maxLength: 8, unit: 'binary' }),
  );
  const path = fc.oneof(
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('/')),
    fc.constantFrom('a', 'a/b.gguf', './models/x', 'models/config.json'),
  );
  const member = fc.record({
    name: path,
    linkName: path,
    type: fc.constantFrom('0', '0', '0', '1', '2', '3', '5', 'S'),
    body: fc.constantFrom('', 'GGUF and more', 'text'),
  });

  test('is taken or refused, and nothing is written outside of the store', async () => {
    const root = await mkdtemp(join(folder, 'fuzz-'));
    const guard = join(root, 'outside');
    await mkdir(guard);
    const store = await ModelStore.open(join(root, 'store'));
    const content = new ContentStore(store.root);
    const reference = parseReference('example.com/fuzz/model:latest');
    const home = dirname(store.modelFilePath(reference, 'x'));
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(member, { maxLength: 5 }), fc.boolean(), async (members, isImage) => {
        const bytes = tarOf(
          ...members.map((one) => Buffer.concat([paxHeader({ path: one.name || 'x' }), tarMember(one)])),
        );
        const descriptor = { mediaType: '', digest: digestOf(bytes), size: bytes.length };
        const unpacking = await content.openUnpacking(descriptor);
        const wants = isImage ? 'model-files' : 'all';
        const request = { descriptor, compression: 'detect', wants } as const;
        const ingest = new LayerIngest({ request, unpacking, requireRoom: () => {} });
        try {
          ingest.write(bytes, 0);
          await ingest.commit();
          for (const { path: name } of ingest.unpacked().members) {
            taken++;
            assert.ok(store.modelFilePath(reference, name).startsWith(`${home}/`), name);
          }
        } catch (error) {
          assert.ok(isModelError(error, 'unsupported-artifact'), String(error));
        } finally {
          await ingest.close();
        }
        assert.deepEqual(await readdir(join(store.root, 'ingest')), []);
      }),
      { numRuns: 300 },
    );
    store.dispose();
    assert.ok(taken > 5, `${taken} members`);
    assert.deepEqual((await readdir(root)).sort(), ['outside', 'store']);
    assert.deepEqual(await readdir(guard), []);
  });
});

describe('a file that oras pushed without a type', () => {
  /** @param layer the bytes of its only layer. */
  async function pushed(title: string, layer: Buffer, configType: string): Promise<BuiltModel> {
    const path = join(folder, `pushed-${randomBytes(4).toString('hex')}`);
    await writeFile(path, layer);
    const mediaType = 'application/vnd.oci.image.layer.v1.tar';
    const annotations = { 'org.opencontainers.image.title': title };
    return buildArtifact({ configType, layers: [{ path, mediaType, annotations }] });
  }

  test('and without an ending is a model where it begins as one, or is a tar of one', async (t) => {
    for (const configType of [MediaType.empty, 'application/vnd.unknown.config.v1+json']) {
      const file = await serve(t, await pushed('Qwen3-0.6B-Q8_0', gguf, configType));
      assert.equal((await file.pull()).artifact.files[0]?.digest, digest);
      assert.deepEqual(await file.names(), ['model.gguf']);
      const tar = gzipSync(tarOf({ name: 'models/tiny.gguf', body: gguf }));
      const directory = await serve(t, await pushed('models', tar, configType));
      assert.equal((await directory.pull()).artifact.runnable, true);
      assert.deepEqual(await directory.names(), ['models/tiny.gguf']);
    }
  });

  test('and is neither leaves nothing', async (t) => {
    const { pull, store } = await serve(t, await pushed('notes', randomBytes(5000), MediaType.empty));
    await assert.rejects(pull(), /neither a tar nor a GGUF file/);
    await assertNothing(store);
  });
});
