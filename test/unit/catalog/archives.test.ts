/** Models in archives, looked at before they are pulled. */
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { before, describe, type TestContext, test } from 'node:test';
import {
  createGzip,
  createZstdCompress,
  type Gzip,
  gzipSync,
  type ZstdCompress,
  zstdCompressSync,
} from 'node:zlib';
import { isModelError } from '../../../src/base/error.ts';
import { estimatedModel, type Inspection, type InspectionExtent } from '../../../src/catalog/index.ts';
import { MediaType } from '../../../src/oci/index.ts';
import { buildArtifact, buildImage, buildModelPack } from '../../support/buildArtifact.ts';
import { type BuiltModel, buildDockerModel } from '../../support/dockerModel.ts';
import { modelHandler, sendJson } from '../../support/fakeRegistry.ts';
import fc from '../../support/fastCheck.ts';
import { splitGguf } from '../../support/splitGguf.ts';
import { TAR_END, type TarMember, tarHeader, tarMember, tarOf } from '../../support/tarWriter.ts';
import { TINYCODE } from '../gguf/support.ts';
import { gguf, LLAMA, text } from '../gguf/writer.ts';
import { largeVocabulary, meteredHandler, packed, type Served, serve, writeLayers } from './support.ts';

const MIB = 1024 * 1024;

/** A GGUF without weights that says which model it is. */
function named(name: string): Buffer {
  return gguf({ pairs: [...LLAMA, ['general.name', text(name)]] });
}

interface Looked extends Served {
  readonly found: Inspection;
}

async function look(t: TestContext, model: BuiltModel, extent: InspectionExtent = 'whole'): Promise<Looked> {
  const served = await serve(t, modelHandler(model));
  return { ...served, found: await served.inspector.inspect(served.reference, { extent }) };
}

/** A ModelPack with one tar of weights, without a name for what is in it. */
async function pack(t: TestContext, archive: Buffer, packing = 'tar'): Promise<BuiltModel> {
  const [path = ''] = await writeLayers(t, archive);
  return buildModelPack([{ path, packing }]);
}

async function image(t: TestContext, ...layers: readonly Buffer[]): Promise<BuiltModel> {
  return buildImage(await writeLayers(t, ...layers));
}

function requestsFor(layers: number): string[] {
  return ['manifest', ...Array.from({ length: layers + 1 }, () => 'blob')];
}

describe('a model in an archive', () => {
  let tinycode: Buffer;
  before(async () => {
    tinycode = await readFile(TINYCODE);
  });

  for (const packing of ['tar', 'tar+gzip', 'tar+zstd']) {
    test(`is told by its header in a ${packing} layer as it is without one, with three requests`, async (t) => {
      const plain = await look(t, await buildDockerModel([TINYCODE]));
      const archive = packed(tarOf({ name: 'tinycode.gguf', body: tinycode }), packing);
      const { found, asked, logged } = await look(t, await pack(t, archive, packing));
      assert.deepEqual(found.description, plain.found.description);
      assert.equal(found.source, 'header');
      assert.equal(found.weightBytes, tinycode.length);
      assert.equal(found.artifact.format, 'gguf');
      assert.equal(found.problem, undefined);
      assert.deepEqual(estimatedModel(found), estimatedModel(plain.found));
      assert.deepEqual(
        asked().map((what) => what.split(' ')[0]),
        requestsFor(1),
      );
      assert.equal(logged.filter((line) => line.includes('archive')).length, 1);
    });

    test(`of a large ${packing} layer costs a part of it`, async (t) => {
      const header = await readFile(await largeVocabulary(t));
      const body = Buffer.concat([header, randomFillSync(Buffer.allocUnsafe(24 * MIB))]);
      const archive = packed(
        tarOf({ name: 'README.md', body: 'read me' }, { name: 'm.gguf', body }),
        packing,
      );
      const { handler, sent } = meteredHandler(await pack(t, archive, packing));
      const { inspector, reference, asked } = await serve(t, handler);
      const shape = await inspector.inspect(reference, { extent: 'shape' });
      assert.equal(shape.description?.blockCount, 2);
      assert.equal(shape.weightBytes, body.length);
      assert.deepEqual(asked(), ['manifest', 'blob', `blob bytes=0-${4 * MIB - 1}`]);
      assert.ok(sent() <= 4 * MIB, `${sent()} bytes were sent`);
      const whole = await inspector.inspect(reference, { extent: 'whole' });
      assert.equal(whole.description?.vocabularySize, 20_000);
      assert.equal(whole.description?.tools, false);
      assert.ok(sent() < 18 * MIB, `${sent()} bytes were sent`);
    });
  }

  test('is found though it has the name of a companion, if it is alone', async (t) => {
    const body = Buffer.concat([named('Eagle'), Buffer.alloc(MIB)]);
    const tar = tarOf({ name: 'README.md', body: 'read me' }, { name: 'Some-Eagle-7B.gguf', body });
    for (const packing of ['tar', 'tar+gzip']) {
      const { found, asked } = await look(t, await pack(t, packed(tar, packing), packing), 'shape');
      assert.equal(found.problem, undefined);
      assert.equal(found.description?.name, 'Eagle');
      assert.equal(found.weightBytes, body.length);
      assert.deepEqual(
        asked().map((what) => what.split(' ')[0]),
        ['manifest', 'blob', 'blob', 'blob'],
      );
    }
  });

  test('is found though it has such a name and is larger than what is read', async (t) => {
    const body = Buffer.concat([named('Eagle'), randomFillSync(Buffer.allocUnsafe(20 * MIB))]);
    const tar = tarOf({ name: 'Some-Eagle-7B.gguf', body }, { name: 'README.md', body: 'read me' });
    const { found } = await look(t, await pack(t, tar), 'shape');
    assert.equal(found.description?.name, 'Eagle');
  });

  test('is not taken for the companion before it', async (t) => {
    const adapter = gguf({ pairs: [...LLAMA, ['general.type', text('adapter')]] });
    const draft = Buffer.concat([named('draft'), Buffer.alloc(MIB)]);
    const model = Buffer.concat([named('model'), randomFillSync(Buffer.allocUnsafe(20 * MIB))]);
    const tarred = (name: string, body: Buffer) =>
      tarOf(
        { name, body },
        { name: 'much.bin', body: Buffer.alloc(20 * MIB) },
        { name: 'm.gguf', body: model },
      );
    for (const [name, body] of [
      ['m-draft.gguf', draft],
      ['m-lora.gguf', Buffer.concat([adapter, Buffer.alloc(60 * MIB)])],
    ] as const) {
      const { found } = await look(t, await pack(t, tarred(name, body)), 'shape');
      assert.equal(found.description, undefined, name);
      assert.match(found.problem ?? '', /^No GGUF file was found in the first/);
    }
  });

  test('that is none says what it is', async (t) => {
    const adapter = gguf({ pairs: [...LLAMA, ['general.type', text('adapter')]] });
    const { found } = await look(t, await pack(t, tarOf({ name: 'm-lora.gguf', body: adapter })), 'shape');
    assert.equal(found.description?.kind, 'adapter');
  });

  test('is found behind other files, in the largest layer of an image', async (t) => {
    const small = tarOf(
      { name: 'etc/os-release', body: 'ID=none' },
      { name: 'model.gguf', body: named('no') },
    );
    const large = tarOf(
      { name: './', type: '5' },
      { name: '/usr/lib/vocabulary.gguf', body: named('no') },
      { name: '../outside.gguf', body: named('no') },
      { name: 'models/README.md', body: 'words '.repeat(1000) },
      { name: 'models/mmproj-f16.gguf', body: named('no') },
      { name: 'models/blob-without-a-name', body: tinycode },
      { name: 'models/other.gguf', body: named('no') },
    );
    const { found, asked } = await look(t, await image(t, small, packed(large, 'gzip')));
    assert.equal(found.description?.blockCount, 5);
    assert.equal(found.weightBytes, tinycode.length);
    assert.deepEqual([found.artifact.family, found.artifact.format], ['container-image', 'gguf']);
    assert.equal(asked().length, 3);
  });

  test("is the one that RamaLama's link names", async (t) => {
    const layer = tarOf(
      { name: 'models/model.file', type: '2', linkName: 'b/second.gguf' },
      { name: 'models/a/first.gguf', body: named('first') },
      { name: 'models/b/second.gguf', body: named('second') },
    );
    const { found } = await look(t, await image(t, layer));
    assert.equal(found.description?.name, 'second');
  });

  test('is in the layer that is named so, and not in a larger one', async (t) => {
    const [larger = '', model = ''] = await writeLayers(
      t,
      tarOf({ name: 'tokenizer.model', body: Buffer.alloc(MIB) }),
      tarOf({ name: 'model.gguf', body: named('model') }),
    );
    const built = await buildModelPack([
      { path: larger, packing: 'tar', filePath: 'tokenizer.model' },
      { path: model, packing: 'tar', filePath: 'model.gguf' },
    ]);
    const { found, asked } = await look(t, built);
    assert.equal(found.description?.name, 'model');
    assert.equal(asked().length, 3);
  });

  test('in shards counts with all of them', async (t) => {
    const folder = dirname((await writeLayers(t, Buffer.alloc(0)))[0] ?? '');
    const shards = await splitGguf(TINYCODE, folder, 'tinycode', 3);
    const bodies = await Promise.all(shards.map((path) => readFile(path)));
    const total = bodies.reduce((bytes, { length }) => bytes + length, 0);
    const names = shards.map((path) => path.slice(folder.length + 1));
    const paths = await writeLayers(
      t,
      tarOf({ name: 'LICENSE', body: 'CC0' }),
      ...bodies.map((body, index) => tarOf({ name: names[index] ?? '', body })),
    );
    // The last one first: packagers need not keep the order.
    const layers = paths
      .map((path, index) => ({ path, packing: 'tar', filePath: ['LICENSE', ...names][index] ?? '' }))
      .reverse();
    const { found } = await look(t, await buildModelPack(layers));
    assert.equal(found.description?.splitCount, 3);
    assert.equal(found.description.blockCount, 5);
    assert.ok(found.weightBytes >= total && found.weightBytes < total * 1.01, `${found.weightBytes}`);
    const one = tarOf(...bodies.map((body, index) => ({ name: names[index] ?? '', body })));
    const inOne = (await look(t, await image(t, one))).found.weightBytes;
    assert.ok(inOne >= total && inOne < total * 1.01, `${inOne}`);
  });

  test('of a kit without names is in its first layer', async (t) => {
    const [model = '', part = ''] = await writeLayers(
      t,
      gzipSync(tarOf({ name: 'model.gguf', body: named('model') })),
      gzipSync(tarOf({ name: 'extra.bin', body: randomFillSync(Buffer.alloc(MIB)) })),
    );
    const type = 'application/vnd.kitops.modelkit';
    const built = await buildArtifact({
      configType: `${type}.config.v1+json`,
      config: { model: { path: './model.gguf' } },
      layers: [
        { path: model, mediaType: `${type}.model.v1.tar+gzip` },
        { path: part, mediaType: `${type}.modelpart.v1.tar+gzip` },
      ],
    });
    assert.equal((await look(t, built)).found.description?.name, 'model');
  });

  test('may be in the second archive where no config has to be asked for', async (t) => {
    const [first = '', second = ''] = await writeLayers(
      t,
      tarOf({ name: 'notes.txt', body: 'no model '.repeat(9999) }),
      tarOf({ name: 'model.gguf', body: named('second') }),
    );
    const weights = 'application/vnd.cncf.model.weight.v1.tar';
    const built = await buildArtifact({
      configType: 'application/vnd.oci.empty.v1+json',
      layers: [
        { path: first, mediaType: weights },
        { path: second, mediaType: weights },
      ],
    });
    const { found, asked } = await look(t, built);
    assert.equal(found.description?.name, 'second');
    assert.deepEqual(asked(), ['manifest', 'blob', 'blob']);
  });

  test('may be a compressed file without a tar', async (t) => {
    for (const bytes of [gzipSync(tinycode), zstdCompressSync(tinycode), tinycode]) {
      const { found } = await look(t, await pack(t, bytes));
      assert.equal(found.description?.blockCount, 5);
      assert.equal(found.weightBytes, bytes.length);
    }
  });

  test('may be a file that has no ending, as oras pushes it', async (t) => {
    const [path = ''] = await writeLayers(t, tinycode);
    const layer = {
      path,
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      annotations: { 'org.opencontainers.image.title': 'Qwen3-0.6B-Q8_0' },
    };
    const { found } = await look(t, await buildArtifact({ configType: MediaType.empty, layers: [layer] }));
    assert.deepEqual([found.description?.blockCount, found.weightBytes], [5, tinycode.length]);
  });

  test('of another format is not runnable, with the reason', async (t) => {
    const config = { name: 'config.json', body: '{}' };
    const weights = { name: 'model.safetensors', body: Buffer.alloc(100) };
    const { found } = await look(t, await image(t, tarOf(config, weights)));
    assert.equal(found.artifact.format, 'safetensors');
    assert.equal(found.artifact.runnable, false);
    assert.match(found.artifact.reason ?? '', /vLLM/);
    assert.deepEqual([found.problem, found.source], [undefined, 'none']);
    const onnx = await look(t, await image(t, tarOf({ name: 'speech.onnx', body: 'x' })));
    assert.match(onnx.found.problem ?? '', /^No GGUF file/);
    const [path = ''] = await writeLayers(t, tarOf(weights));
    const byName = await buildModelPack([{ path, packing: 'tar', filePath: 'model.safetensors' }]);
    const { found: unread, asked } = await look(t, byName);
    assert.equal(unread.artifact.format, 'safetensors');
    assert.deepEqual(asked(), ['manifest', 'blob']);
  });

  test('is seen though what is behind its header is damaged', async (t) => {
    const archive = packed(tarOf({ name: 'm.gguf', body: tinycode }, { name: 'x', body: 'x' }), 'gzip');
    archive.fill(0xff, archive.length - 100_000);
    assert.equal((await look(t, await pack(t, archive))).found.description?.blockCount, 5);
  });

  test('comes from a server that sends no parts', async (t) => {
    const model = await pack(
      t,
      tarOf({ name: 'm.gguf', body: tinycode }, { name: 'x', body: Buffer.alloc(MIB) }),
    );
    const content = await readFile(model.layers[0]?.path ?? '');
    const served = await serve(t, (request, response) => {
      if (request.headers.range === undefined) return modelHandler(model)(request, response);
      response.writeHead(200, { 'content-length': content.length });
      response.end(content);
    });
    const found = await served.inspector.inspect(served.reference, { extent: 'shape' });
    assert.equal(found.description?.blockCount, 5);
    assert.equal(served.asked().length, 3);
  });

  test('that cannot be read now is asked for again, and one that never can is not', async (t) => {
    const model = await pack(t, tarOf({ name: 'm.gguf', body: tinycode }));
    let refuses = true;
    const served = await serve(t, (request, response) => {
      if (refuses && request.url?.endsWith(model.layers[0]?.descriptor.digest ?? '') === true)
        return sendJson(response, 403, { errors: [{ code: 'DENIED', message: 'no' }] });
      return modelHandler(model)(request, response);
    });
    assert.ok((await served.inspector.inspect(served.reference, { extent: 'shape' })).problem);
    refuses = false;
    const found = await served.inspector.inspect(served.reference, { extent: 'shape' });
    assert.equal(found.description?.blockCount, 5);

    const none = await look(t, await pack(t, tarOf({ name: 'notes.txt', body: 'none' })));
    assert.match(none.found.problem ?? '', /^No GGUF file was found in the first 33\.6 MB/);
    await none.inspector.inspect(none.reference, { extent: 'shape' });
    assert.equal(none.asked().filter((what) => what.startsWith('blob')).length, 2);
  });

  test('that is cancelled is an error', async (t) => {
    const model = await pack(t, gzipSync(tarOf({ name: 'm.gguf', body: tinycode })));
    const controller = new AbortController();
    const served = await serve(t, (request, response) => {
      if (request.url?.endsWith(model.layers[0]?.descriptor.digest ?? '') !== true)
        return modelHandler(model)(request, response);
      response.writeHead(200, { 'content-length': model.layers[0]?.descriptor.size ?? 0 });
      response.write(Buffer.from([0x1f, 0x8b, 8, 0]));
      setImmediate(() => controller.abort());
    });
    await assert.rejects(
      served.inspector.inspect(served.reference, { extent: 'whole', signal: controller.signal }),
      (error) => isModelError(error, 'cancelled'),
    );
  });
});

describe('a hostile archive', () => {
  const MODEL: TarMember = { name: 'm.gguf', body: named('model') };

  /** The problem that is shown, of an archive that gives no answer. */
  async function problem(t: TestContext, archive: Buffer): Promise<string> {
    const { found, asked, logged } = await look(t, await pack(t, archive));
    assert.equal(found.description, undefined);
    assert.equal(estimatedModel(found), undefined);
    assert.equal(asked().length, 3);
    assert.equal(logged.filter((line) => line.includes('archive')).length, 1);
    return found.problem ?? '';
  }

  test('with a path that leaves its folder', async (t) => {
    for (const name of ['../m.gguf', '/m.gguf', 'C:m.gguf', 'a\\m.gguf'])
      assert.match(await problem(t, tarOf({ name }, MODEL)), /^The archive of this model has a member named/);
  });

  test('that is junk, empty, cut off, or changed on its way', async (t) => {
    const whole = tarOf(MODEL);
    const changed = Buffer.from(whole);
    changed.write('x', 0);
    for (const archive of [
      Buffer.alloc(2000, 'junk'),
      Buffer.from('x'),
      changed,
      gzipSync(whole).subarray(0, 60),
    ])
      assert.match(await problem(t, archive), /^The archive of this model/);
    assert.match(await problem(t, TAR_END), /^No GGUF file was found/);
    const header = tarHeader({ name: 'm.gguf', size: 1000 });
    assert.match(
      await problem(t, Buffer.concat([header, named('x').subarray(0, 40)])),
      /ends within a member/,
    );
  });

  test('whose member is no GGUF, or a hostile one', async (t) => {
    assert.match(await problem(t, tarOf({ ...MODEL, body: 'GGML, and nothing else' })), /^No GGUF file/);
    assert.match(await problem(t, tarOf({ ...MODEL, body: 'GGUF' })), /has only 4 bytes/);
    const counts = gguf({ pairs: LLAMA, pairCount: 2 ** 40 });
    assert.match(await problem(t, tarOf({ ...MODEL, body: counts })), /claims to have/);
    const other = gguf({ pairs: LLAMA, version: 1 });
    assert.match(
      await problem(t, tarOf({ ...MODEL, body: other })),
      /^The file "m\.gguf" in 127.*GGUF version 1/,
    );
  });

  test('with more before the model than is read', async (t) => {
    const far = [tarHeader({ name: 'large.bin', size: 2 ** 40 }), Buffer.alloc(2 * MIB), tarMember(MODEL)];
    const { handler, sent } = meteredHandler(await pack(t, Buffer.concat([...far, Buffer.alloc(30 * MIB)])));
    const { inspector, reference } = await serve(t, handler);
    const found = await inspector.inspect(reference, { extent: 'whole' });
    assert.match(found.problem ?? '', /^No GGUF file was found/);
    assert.ok(sent() < 16 * MIB, `${sent()} bytes were sent`);
    const many = Array.from({ length: 10_001 }, (_, index) => tarHeader({ name: `file-${index}` }));
    assert.match(await problem(t, gzipSync(tarOf(...many, MODEL))), /has more than 10000 members/);
  });

  test('that unpacks to far more than it has takes no more memory than is allowed', async (t) => {
    // An array of 200 million bytes, with a pair behind it.
    const start = gguf({ pairs: [...LLAMA, ['x', { type: 'texts', value: [] }], ['y', text('')]] });
    const at = start.indexOf(Buffer.from('x\x09\0\0\0\x08')) + 5;
    start.writeUInt32LE(0, at);
    start.writeBigUInt64LE(200_000_000n, at + 4);
    const inside = [tarHeader({ name: 'm.gguf', size: 2 ** 40 }), start.subarray(0, at + 12)];
    const before = [tarHeader({ name: 'x', size: 2 ** 40 })];
    for (const stream of [createGzip, createZstdCompress]) {
      const taken = await peak(await bomb(inside, stream()), async (bytes) => {
        assert.match(await problem(t, bytes), /is longer than 33\.6 MB/);
      });
      assert.ok(taken < 100 * MIB, `${Math.round(taken / MIB)} MiB were taken`);
      assert.match(await problem(t, await bomb(before, stream())), /^No GGUF file was found/);
    }
  });

  test('gives nothing but inspections, whatever is changed in it', async (t) => {
    const models = [
      tarOf({ name: 'LICENSE', body: 'CC0' }, MODEL),
      gzipSync(tarOf(MODEL)),
      zstdCompressSync(tarOf(MODEL)),
    ];
    let archive = Buffer.alloc(0);
    let model: BuiltModel | undefined;
    const served = await serve(t, (request, response) => {
      if (model === undefined) throw new Error('a model is set');
      const digest = model.layers[0]?.descriptor.digest ?? '';
      if (request.url?.endsWith(digest) !== true) return modelHandler(model)(request, response);
      response.writeHead(200, { 'content-length': archive.length });
      response.end(archive);
    });
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 });
    const [path = ''] = await writeLayers(t, Buffer.alloc(1));
    const shapes = fc.tuple(fc.nat(models.length - 1), edits, fc.option(fc.nat(), { freq: 8 }), fc.boolean());
    let count = 0;
    await fc.assert(
      fc.asyncProperty(shapes, async ([index, changes, cut, isImage]) => {
        const bytes = Buffer.from(models[index] ?? '');
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        archive = cut === null ? bytes : bytes.subarray(0, 1 + (cut % bytes.length));
        const built = await (isImage ? buildImage([path]) : buildModelPack([{ path, packing: 'tar' }]));
        model = sized(built, archive.length, count++);
        const found = await served.inspector.inspect(served.reference, { extent: 'whole' });
        assert.ok(found.problem !== undefined || found.source === 'header' || !found.artifact.runnable);
      }),
      { numRuns: 200 },
    );
  });
});

/** `front` and 220 MiB of zeros, compressed without taking memory for them, which would hide what is measured. */
async function bomb(front: readonly Buffer[], stream: Gzip | ZstdCompress): Promise<Buffer> {
  const zeros = Buffer.alloc(MIB);
  const pieces: Buffer[] = [];
  await pipeline([...front, ...Array.from({ length: 220 }, () => zeros)], stream, async (out) => {
    for await (const piece of out) pieces.push(piece as Buffer);
  });
  return Buffer.concat(pieces);
}

/** The most memory that buffers take while `work` runs, beyond what they take before. Bytes. */
async function peak(bytes: Buffer, work: (bytes: Buffer) => Promise<void>): Promise<number> {
  const used = (): number => process.memoryUsage().arrayBuffers;
  const before = used();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, used());
  }, 2);
  try {
    await work(bytes);
  } finally {
    clearInterval(timer);
  }
  return most - before;
}

/** `model` with another size of its layer, and a manifest of its own. */
function sized({ manifest, ...rest }: BuiltModel, size: number, count: number): BuiltModel {
  const parsed = JSON.parse(manifest.toString()) as { layers: object[] };
  const layers = parsed.layers.map((layer) => ({ ...layer, size }));
  const bytes = Buffer.from(JSON.stringify({ ...parsed, layers, annotations: { count: `${count}` } }));
  return { ...rest, manifest: bytes };
}
