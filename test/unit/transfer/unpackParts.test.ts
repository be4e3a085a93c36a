/** Layers that are not compressed: in parts over several connections, and going on where they were. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '../../../src/base/log.ts';
import { digestOf, RegistryClient } from '../../../src/oci/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { LocalMover } from '../../../src/transfer/index.ts';
import { buildModelPack } from '../../support/buildArtifact.ts';
import type { BuiltModel } from '../../support/dockerModel.ts';
import { type Handler, sendPart } from '../../support/fakeRegistry.ts';
import { paxHeader, TAR_END, tarHeader, tarOf } from '../../support/tarWriter.ts';
import { until } from '../../support/until.ts';
import { workerMover } from '../../support/workerMover.ts';
import { assertNothing, digest, FIXTURE, gguf, layerOf, packed, serve } from './unpackSupport.ts';

/** Bytes of the smallest part here. */
const PART = 256 * 1024;

let model: BuiltModel;
let content: Buffer;

/** A mover that makes small parts. */
function smallParts(t: TestContext): LocalMover {
  const registry = new RegistryClient({ retryBaseMs: 1, stallMs: 2_000 });
  t.after(() => registry.close());
  const now = (): number => performance.now();
  return new LocalMover({ registry, log: silentLog, now, retryBaseMs: 1, minPartBytes: PART });
}

const limits = { connections: 4, bytesPerSecond: 0 };

/** Where a request begins. */
function startOf({ headers }: IncomingMessage): number {
  return Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
}

/** Whether a request is for headers of members. */
function isLook({ headers }: IncomingMessage): boolean {
  const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
  return Number(last) - Number(start) < 16 * 1024;
}

/** Serves `content`, and calls back with each request. */
function served(onRequest: (request: IncomingMessage, response: ServerResponse) => boolean): Handler {
  return (request, response) => {
    if (onRequest(request, response)) sendPart(request, response, content);
  };
}

describe('a layer that is not compressed', () => {
  before(async () => {
    const members = [
      { name: 'README.md', body: 'text' },
      paxHeader({ path: 'weights/tinycode.gguf' }),
      { name: 'x', body: gguf },
      { name: 'LICENSE', body: 'free' },
    ];
    model = await packed(members, (bytes) => bytes, 'tar');
    content = await readFile(layerOf(model).path);
  });

  test('comes over several connections at once, and each byte once', async (t) => {
    let open = 0;
    let most = 0;
    const { pull, store, ranges, names } = await serve(t, model, async (request, response) => {
      if (isLook(request)) return sendPart(request, response, content);
      most = Math.max(most, ++open);
      // The first answer tells whether the server sends parts; those behind it wait for each other.
      if (startOf(request) > 0) await until(() => most >= 3);
      open--;
      sendPart(request, response, content);
    });
    const result = await pull({ mover: smallParts(t), limits });
    assert.ok(ranges.length >= 6, `${ranges.length} requests`);
    assert.ok(result.fetchedBytes < result.totalBytes + 40_000, 'beside the headers');
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
    assert.deepEqual(await names(), ['LICENSE', 'README.md', 'weights/tinycode.gguf']);
    assert.deepEqual(await readdir(join(store.root, 'ingest')), []);
    assert.equal(await store.hasBlob({ mediaType: '', ...layerOf(model) }), false);
  });

  test('comes over threads', async (t) => {
    const { pull, store } = await serve(t, model);
    const mover = workerMover();
    t.after(() => mover.close());
    const done: number[] = [];
    const result = await pull({ mover, onProgress: ({ doneBytes }) => done.push(doneBytes) });
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
    assert.equal(done.at(-1), result.totalBytes);
    assert.deepEqual(
      done,
      [...done].sort((a, b) => a - b),
    );
  });

  test('goes on after a cancel, and is an unfinished download in between', async (t) => {
    let stop = true;
    const { pull, store, reference } = await serve(t, model, async (request, response) => {
      if (stop && !isLook(request) && startOf(request) > content.length / 2) return;
      sendPart(request, response, content);
    });
    const cancel = new AbortController();
    const cancelled = pull({
      mover: smallParts(t),
      limits,
      signal: cancel.signal,
      onProgress: ({ doneBytes }) => doneBytes > content.length / 4 && cancel.abort(),
    });
    await assert.rejects(cancelled, { code: 'cancelled' });
    const [partial, ...others] = await store.partialDownloads();
    assert.deepEqual(others, []);
    assert.equal(partial?.digest, layerOf(model).digest);
    assert.equal(partial.reference?.endsWith('/ai/model:latest'), true);
    assert.ok(partial.doneBytes > content.length / 4);
    stop = false;
    const result = await pull();
    assert.ok(result.fetchedBytes <= result.totalBytes - partial.doneBytes, `${result.fetchedBytes}`);
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
    assert.ok(await store.getReference(reference));
    assert.deepEqual(await store.partialDownloads(), []);
  });

  test('that is unfinished can be removed', async (t) => {
    const { pull, store } = await serve(t, model, (request, response) => {
      if (isLook(request) || startOf(request) < 2_000_000) sendPart(request, response, content);
    });
    const cancel = new AbortController();
    const onProgress = ({ doneBytes }: { doneBytes: number }) => doneBytes > 500_000 && cancel.abort();
    await assert.rejects(pull({ mover: smallParts(t), signal: cancel.signal, onProgress }), {
      code: 'cancelled',
    });
    const freed = await store.removePartial(layerOf(model).digest);
    assert.ok(freed > 500_000);
    await assertNothing(store);
  });

  test('from a server without parts comes as one stream', async (t) => {
    const { pull, store, ranges } = await serve(t, model, (_, response) => {
      response.writeHead(200, { 'content-length': content.length }).end(content);
    });
    await pull({ mover: smallParts(t) });
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
    assert.equal(ranges.length, 2);
  });

  test('is looked at again where the server was busy', async (t) => {
    let busy = 2;
    const { pull, store } = await serve(
      t,
      model,
      served((_, response) => {
        if (busy-- <= 0) return true;
        response.writeHead(503).end();
        return false;
      }),
    );
    await pull({ mover: smallParts(t) });
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
  });

  test('is refused where its headers were others before, and comes the next time', async (t) => {
    // The file that is seen first is longer than the one that the digest promises.
    const lie = Buffer.from(content);
    tarHeader({ name: 'README.md', size: 512 }).copy(lie);
    let isLying = true;
    const { pull, store } = await serve(t, model, (request, response) =>
      sendPart(request, response, isLying && isLook(request) ? lie : content),
    );
    await assert.rejects(pull({ mover: smallParts(t) }), { code: 'digest-mismatch' });
    await assertNothing(store);
    isLying = false;
    await pull({ mover: smallParts(t) });
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
  });

  test('with one wrong byte is fetched once more, and refused then', async (t) => {
    const wrong = Buffer.from(content);
    const at = Math.floor(wrong.length / 2);
    wrong[at] = (wrong[at] ?? 0) ^ 1;
    const { pull, store } = await serve(t, model, (request, response) => sendPart(request, response, wrong));
    const failing = pull({ mover: smallParts(t) });
    await assert.rejects(failing, { code: 'digest-mismatch', message: /failed verification twice/ });
    await assertNothing(store);
  });

  test('with a damaged member is refused as a stream is', async (t) => {
    const damaged = await packed([{ name: 'a.gguf', body: gguf }, Buffer.alloc(512, 'x')], undefined, 'tar');
    const { pull, store } = await serve(t, damaged);
    await assert.rejects(pull(), { code: 'unsupported-artifact', message: /wrong checksum/ });
    await assertNothing(store);
  });

  test('with links that take a name twice is refused, and nothing of it is kept', async (t) => {
    const members = [
      { name: 'a.gguf', body: gguf },
      { name: 'b', body: '' },
      { name: 'b', type: '1', linkName: 'a.gguf' },
    ];
    const { pull, store } = await serve(t, await packed(members, (bytes) => bytes, 'tar'));
    await assert.rejects(pull(), { code: 'unsupported-artifact', message: /two members named/ });
    await assertNothing(store);
  });

  test('that is no archive at all is the file', async (t) => {
    const bare = await buildModelPack([{ path: FIXTURE, packing: 'tar', filePath: 'tiny.gguf' }]);
    const { pull, store, ranges, names } = await serve(t, bare);
    await pull({ mover: smallParts(t), limits });
    assert.deepEqual(await names(), ['tiny.gguf']);
    assert.ok(ranges.length > 4);
    assert.deepEqual(await readFile(store.blobPath(digest)), gguf);
  });

  test('with hundreds of files comes as one stream', async (t) => {
    const many = Array.from({ length: 300 }, (_, index) => ({
      name: `t/${index}.txt`,
      body: `${index}`.repeat(4000),
    }));
    const { pull, names } = await serve(
      t,
      await packed([{ name: 'a.gguf', body: gguf }, ...many], (bytes) => bytes, 'tar'),
    );
    await pull();
    assert.equal((await names()).length, 301);
  });

  test('is brought once for two windows, and the second one asks for nothing', async (t) => {
    let isUnderWay = false;
    const { pull, store, ranges } = await serve(t, model, async (request, response) => {
      isUnderWay ||= startOf(request) > 1_000_000 && !isLook(request);
      if (startOf(request) > 1_000_000) await delay(300);
      sendPart(request, response, content);
    });
    const other = await ModelStore.open(store.root);
    t.after(() => other.dispose());
    const first = pull({ mover: smallParts(t), limits });
    await until(() => isUnderWay);
    const before = new Set(ranges);
    const second = await pull({ mover: smallParts(t), store: other });
    assert.deepEqual((await first).artifact.files, second.artifact.files);
    assert.ok(second.fetchedBytes < 10_000, `${second.fetchedBytes}`);
    assert.equal(new Set(ranges).size, ranges.length, 'no range twice');
    assert.ok(before.size > 0);
  });

  test('of a full disk says so before the first byte', async (t) => {
    const { pull, store, ranges } = await serve(t, model);
    await assert.rejects(pull({ freeBytes: async () => 1_000_000 }), { code: 'disk-full' });
    assert.deepEqual(ranges, []);
    await assertNothing(store);
  });

  test('a tar without its end is whole', async (t) => {
    const bytes = tarOf({ name: 'a.gguf', body: gguf });
    const cut = await packed([], () => bytes.subarray(0, bytes.length - TAR_END.length), 'tar');
    const { pull, store } = await serve(t, cut);
    await pull({ mover: smallParts(t), limits });
    assert.deepEqual(await readFile(store.blobPath(digestOf(gguf))), gguf);
  });
});
