/** Models in archives, from servers that break and lie, into a real store. */
import assert from 'node:assert/strict';
import { chmod, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import { silentLog } from '../../../src/base/log.ts';
import { listModels } from '../../../src/library/index.ts';
import { digestOf, RegistryClient } from '../../../src/oci/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { LocalMover, pullModel } from '../../../src/transfer/index.ts';
import { buildModelPack } from '../../support/buildArtifact.ts';
import { sendPart } from '../../support/fakeRegistry.ts';
import { paxHeader, type TarMember, tarOf } from '../../support/tarWriter.ts';
import { workerMover } from '../../support/workerMover.ts';

import {
  assertNothing,
  digest,
  FIXTURE,
  folder,
  gguf,
  layerOf,
  model,
  packed,
  sendAndCut,
  serve,
} from './unpackSupport.ts';

describe('an archive on a bad line', () => {
  test('goes on where the connection broke, with the decompressor as it was', async (t) => {
    const content = await readFile(layerOf(model).path);
    const { pull, ranges, store } = await serve(t, model, sendAndCut(content, Math.ceil(content.length / 5)));
    const result = await pull();
    assert.ok(ranges.length >= 5, `${ranges.length} requests`);
    assert.ok(result.fetchedBytes <= result.totalBytes + 64 * 1024, 'almost nothing came twice');
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
  });

  test('a server without parts sends all again, and each byte is unpacked once', async (t) => {
    const content = await readFile(layerOf(model).path);
    let first = true;
    const { pull, store } = await serve(t, model, (request, response) => {
      if (first) sendAndCut(content, 1_000_000)(request, response);
      else response.writeHead(200, { 'content-length': content.length }).end(content);
      first = false;
    });
    await pull();
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
  });

  test('other content than promised is fetched once more, and refused then', async (t) => {
    const content = await readFile(layerOf(model).path);
    // The tar and its members are whole: only the digest of the layer tells.
    const other = zstdCompressSync(tarOf({ name: 'tinycode.gguf', body: gguf.subarray(0, -10_000) }));
    const wrong = Buffer.concat([other, skippable(content.length - other.length)]);
    assert.equal(wrong.length, content.length);
    const { pull, ranges, store } = await serve(t, model, (request, response) =>
      sendPart(request, response, wrong),
    );
    await assert.rejects(pull(), { code: 'digest-mismatch', message: /failed verification twice/ });
    assert.equal(ranges.length, 2);
    await assertNothing(store);
  });

  test('is right after one try that was not', async (t) => {
    const content = await readFile(layerOf(model).path);
    const wrong = Buffer.from(content);
    const at = Math.floor(content.length / 2);
    wrong[at] = (wrong[at] ?? 0) ^ 1;
    let first = true;
    const { pull, store } = await serve(t, model, (request, response) => {
      sendPart(request, response, first ? wrong : content);
      first = false;
    });
    await pull();
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
  });

  test('what cannot be unpacked because of the way here is fetched once more', async (t) => {
    const plain = await packed([{ name: 'tinycode.gguf', body: gguf }], (bytes) => bytes);
    const content = await readFile(layerOf(plain).path);
    for (const at of [0, content.length - 1024 - 1]) {
      const wrong = Buffer.from(content);
      wrong[at] = (wrong[at] ?? 0) ^ 1;
      let tries = 0;
      const { pull, store } = await serve(t, plain, (request, response) =>
        sendPart(request, response, tries++ === 0 ? wrong : content),
      );
      await pull();
      assert.equal(tries, 2);
      assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
    }
  });

  test('an archive that was published damaged is not fetched again', async (t) => {
    const whole = zstdCompressSync(tarOf({ name: 'tinycode.gguf', body: gguf }));
    const broken = await packed([], () => whole.subarray(0, whole.length - 5000));
    const { pull, ranges, store } = await serve(t, broken);
    await assert.rejects(pull(), {
      code: 'unsupported-artifact',
      message: /cannot be decompressed/,
      retryable: false,
    });
    assert.equal(ranges.length, 1);
    await assertNothing(store);
  });

  test('cancelling leaves nothing behind, and the next pull brings it', async (t) => {
    const content = await readFile(layerOf(model).path);
    let stop = true;
    const { pull, store } = await serve(t, model, (request, response) => {
      if (!stop) return sendPart(request, response, content);
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 2_000_000));
    });
    const cancel = new AbortController();
    const cancelled = pull({
      signal: cancel.signal,
      onProgress: ({ fetchedBytes }) => fetchedBytes > 1_000_000 && cancel.abort(),
    });
    await assert.rejects(cancelled, { code: 'cancelled' });
    await assertNothing(store);
    stop = false;
    await pull();
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
  });
});

/** A zstd frame of so many bytes that has nothing in it. */
function skippable(bytes: number): Buffer {
  const frame = Buffer.alloc(bytes);
  frame.writeUInt32LE(0x184d2a50, 0);
  frame.writeUInt32LE(bytes - 8, 4);
  return frame;
}

describe('the files of an archive', () => {
  test('are the model, of which the store knows where they came from', async (t) => {
    const { pull, store, reference, names } = await serve(t, model);
    const { artifact } = await pull();
    assert.deepEqual(
      artifact.files.map(({ path, role, digest: of }) => [path, role, of]),
      [
        ['tinycode.gguf', 'weights', digest],
        ['README.md', 'other', digestOf(Buffer.from('text'))],
      ],
    );
    assert.deepEqual(await names(), ['README.md', 'tinycode.gguf']);
    const [layer] = (await store.getReference(reference))?.unpacked ?? [];
    assert.equal(layer?.digest, layerOf(model).digest);
    assert.deepEqual(
      layer?.members.map(({ path }) => path),
      ['README.md', 'tinycode.gguf'],
    );
    const [listed] = await listModels(store);
    assert.equal(listed?.problem, undefined);
    assert.equal(listed?.sizeBytes, gguf.length + 4);
    assert.equal(listed?.modelPath, store.modelFilePath(reference, 'tinycode.gguf'));
  });

  test('come over a thread too, and hashed in another one', async (t) => {
    const { pull, store } = await serve(t, model);
    const mover = workerMover();
    t.after(() => mover.close());
    const done: number[] = [];
    const result = await pull({ mover, onProgress: ({ doneBytes }) => done.push(doneBytes) });
    assert.equal(result.artifact.files[0]?.digest, digest);
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
    assert.equal(done.at(-1), result.totalBytes);
    assert.deepEqual(
      done,
      [...done].sort((a, b) => a - b),
    );
  });

  test('are not fetched again: for the same name, for another one, and after the name is gone', async (t) => {
    const { pull, store, ranges, reference } = await serve(t, model);
    await pull();
    const count = ranges.length;
    assert.equal((await pull()).alreadyPresent, true);
    const registry = new RegistryClient();
    t.after(() => registry.close());
    const again = await pullModel({ ...reference, tag: 'again' }, { registry, store });
    assert.equal(again.alreadyPresent, false);
    assert.equal(ranges.length, count);
    assert.equal((await store.references()).length, 2);
  });

  test('are brought once for two windows', async (t) => {
    const content = await readFile(layerOf(model).path);
    const { pull, store, ranges } = await serve(t, model, (request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 1_000_000));
      void delay(500).then(() => response.end(content.subarray(1_000_000)));
      void request;
    });
    const other = await ModelStore.open(store.root);
    t.after(() => other.dispose());
    const [first, second] = await Promise.all([pull(), pull({ store: other })]);
    assert.equal(ranges.length, 1);
    assert.deepEqual(first.artifact.files, second.artifact.files);
  });

  test('go with the model, and stay while another one has them', async (t) => {
    const { pull, store, reference } = await serve(t, model);
    await pull();
    const registry = new RegistryClient();
    t.after(() => registry.close());
    const other = { ...reference, tag: 'again' };
    await pullModel(other, { registry, store });
    await store.deleteReference(reference);
    assert.ok((await store.blobDigests()).has(digest));
    const later = Date.now() + 10 * 24 * 60 * 60 * 1000;
    await store.collectGarbage({ now: later });
    assert.ok((await store.blobDigests()).has(digest));
    const { freedBytes } = await store.deleteReference(other);
    assert.ok(freedBytes >= gguf.length);
    assert.deepEqual([...(await store.blobDigests())], []);
    await store.collectGarbage({ now: later });
    assert.deepEqual(await readdir(join(store.root, 'unpacked')), []);
  });

  test('that are damaged on the disk are brought again', async (t) => {
    const { pull, store } = await serve(t, model);
    await pull();
    const path = store.blobPath(digest);
    await chmod(path, 0o644);
    await writeFile(path, Buffer.alloc(gguf.length));
    assert.equal((await store.verify()).damaged.length, 1);
    assert.equal((await pull()).alreadyPresent, false);
    assert.deepEqual(await readFile(path), gguf);
    assert.deepEqual((await store.verify()).damaged, []);
  });

  test('that another program replaced are not taken for theirs, and stay', async (t) => {
    const { pull, store } = await serve(t, model);
    await pull();
    const path = store.blobPath(digest);
    const other = Buffer.alloc(gguf.length, 'x');
    await rename(path, `${path}.moved`);
    await writeFile(path, other);
    await assert.rejects(pull(), { code: 'store-error', message: new RegExp(`^${path} .*did not make`) });
    assert.deepEqual(await readFile(path), other);
    await rename(`${path}.moved`, path);
    assert.equal((await pull()).alreadyPresent, true);
  });

  test('have room on the disk, or nothing is written', async (t) => {
    const { pull, store } = await serve(t, model);
    const registry = new RegistryClient();
    t.after(() => registry.close());
    const freeBytesNow = (): number => 130 * 1024 * 1024;
    const mover = new LocalMover({ registry, log: silentLog, now: () => performance.now(), freeBytesNow });
    await assert.rejects(pull({ mover }), { code: 'disk-full' });
    await assertNothing(store);
    await assert.rejects(pull({ freeBytes: async () => 1 }), { code: 'disk-full' });
  });

  test('an archive in name only is the file itself', async (t) => {
    const plain = await buildModelPack([{ path: FIXTURE, packing: 'tar', filePath: 'tiny.gguf' }]);
    const { pull, names } = await serve(t, plain);
    const { artifact } = await pull();
    assert.deepEqual(
      artifact.files.map(({ path, digest: of }) => [path, of]),
      [['tiny.gguf', digest]],
    );
    assert.deepEqual(await names(), ['tiny.gguf']);
  });

  test('a file that was compressed without a tar', async (t) => {
    const path = join(folder, 'tiny.gguf.zst');
    await writeFile(path, zstdCompressSync(gguf));
    const { pull, names } = await serve(t, await buildModelPack([{ path, packing: 'tar+zstd' }]));
    assert.equal((await pull()).artifact.files[0]?.digest, digest);
    assert.deepEqual(await names(), ['model.gguf']);
  });

  test('links to members are members', async (t) => {
    const linked = await packed([
      { name: 'blobs/abc', body: gguf },
      { name: 'snapshots/tiny.gguf', type: '2', linkName: '../blobs/abc' },
      { name: 'COPYING', type: '1', linkName: './LICENSE' },
      { name: 'LICENSE', body: 'free' },
      { name: 'nowhere', type: '2', linkName: 'missing' },
    ]);
    const { pull, names } = await serve(t, linked);
    assert.deepEqual((await pull()).artifact.files[0]?.path, 'snapshots/tiny.gguf');
    assert.ok((await names()).includes('snapshots/tiny.gguf'));
  });
});

describe('an archive is refused, and nothing of it is kept', () => {
  const body = Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(600)]);
  const good = { name: 'a.gguf', body };
  const cases: [string, readonly (TarMember | Buffer)[], RegExp][] = [
    ['with an absolute path', [good, { name: '/etc/passwd', body }], /absolute path/],
    ['with a path that leaves', [good, { name: 'a/../../b', body }], /leaves its folder/],
    ['with a drive', [good, { name: 'C:evil.gguf', body }], /Windows path/],
    ['with a backslash', [good, { name: 'a\\b.gguf', body }], /Windows path/],
    ['with a NUL', [good, paxHeader({ path: 'a\0b' }), { name: 'x', body }], /is not text/],
    ['with a name of Windows', [good, { name: 'aux.gguf', body }], /reserved on Windows/],
    ['with two files for one path', [good, { name: './a.gguf', body }], /two members named/],
    [
      'with a link and a file for one path',
      [good, { name: 'b', body: '' }, { name: 'b', type: '1', linkName: 'a.gguf' }],
      /two members named/,
    ],
    [
      'with a link out of the root',
      [good, { name: 'a/l', type: '2', linkName: '../../x' }],
      /link that leaves/,
    ],
    ['with an absolute link', [good, { name: 'l', type: '2', linkName: '/etc/passwd' }], /link that leaves/],
    [
      'with a hard link out of the root',
      [good, { name: 'l', type: '1', linkName: '../x' }],
      /link that leaves/,
    ],
    ['with a device', [good, { name: 'd', type: '3' }], /is a device/],
    ['with a file with holes', [good, { name: 's', type: 'S', body: 'x' }], /sparse/],
    [
      'with nothing that is a model',
      [
        { name: 'a.txt', body: 'x' },
        { name: 'b.txt', body: 'x' },
      ],
      /have no model in them/,
    ],
    ['with two models', [good, { name: 'b.gguf', body: Buffer.concat([body, body]) }], /2 models/],
  ];
  for (const [what, members, message] of cases) {
    test(what, async (t) => {
      const { pull, store } = await serve(t, await packed(members));
      await assert.rejects(pull(), { code: 'unsupported-artifact', message });
      await assertNothing(store);
      assert.ok((await store.blobDigests()).size <= 1, 'the config at most');
    });
  }

  test('that is a bomb', async (t) => {
    const { pull, store } = await serve(
      t,
      await packed([{ name: 'a.gguf', body: Buffer.alloc(90_000_000) }]),
    );
    await assert.rejects(pull(), { code: 'unsupported-artifact', message: /far more than its size/ });
    await assertNothing(store);
  });
});
