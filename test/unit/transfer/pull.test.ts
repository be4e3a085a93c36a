/** Pulls from servers that break, lie and change their mind, into a real store. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseReference, type Reference, RegistryClient } from '../../../src/oci/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { type PullResult, pullModel } from '../../../src/transfer/index.ts';
import { type BuiltModel, buildDockerModel } from '../../support/dockerModel.ts';
import {
  type FakeRegistry,
  type Handler,
  modelHandler,
  sendJson,
  sendPart,
  startFakeRegistry,
} from '../../support/fakeRegistry.ts';

const FIXTURE = fileURLToPath(new URL('../../fixtures/tinycode-q8_0.gguf', import.meta.url));

let folder: string;
let model: BuiltModel;
let content: Buffer;
let digest: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oci-models-transfer-'));
  model = await buildDockerModel([FIXTURE]);
  content = await readFile(FIXTURE);
  digest = model.layers[0]?.descriptor.digest ?? '';
});
after(() => rm(folder, { recursive: true, force: true }));

interface Setup {
  readonly server: FakeRegistry;
  readonly store: ModelStore;
  readonly reference: Reference;
  readonly pull: (signal?: AbortSignal) => Promise<PullResult>;
  /** Requests for the weights. */
  readonly weights: () => number;
}

/** A server that answers for the weights with `weights`, and for the rest as it should. */
async function serve(t: TestContext, weights: Handler, of = model): Promise<Setup> {
  const honest = modelHandler(of);
  const layer = of.layers[0]?.descriptor.digest ?? '';
  const server = await startFakeRegistry((request, response) =>
    request.url?.endsWith(layer) ? weights(request, response) : honest(request, response),
  );
  const registry = new RegistryClient({ retryBaseMs: 1, stallMs: 2_000 });
  const store = await ModelStore.open(await mkdtemp(join(folder, 'store-')));
  t.after(async () => {
    store.dispose();
    await registry.close();
    await server.close();
  });
  const reference = parseReference(`${server.host}/ai/model`);
  const pull = (signal?: AbortSignal): Promise<PullResult> =>
    pullModel(reference, { registry, store, signal, retryBaseMs: 1 });
  const count = (): number => server.requests.filter(({ url }) => url?.endsWith(layer)).length;
  return { server, store, reference, pull, weights: count };
}

/** Sends `bytes` of the answer and cuts the connection. */
function sendAndCut(request: Parameters<Handler>[0], response: Parameters<Handler>[1], bytes: number): void {
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const rest = content.subarray(start);
  const headers = {
    'content-length': rest.length,
    'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
  };
  response.writeHead(start > 0 ? 206 : 200, headers);
  response.write(rest.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
}

async function assertEmpty(store: ModelStore): Promise<void> {
  assert.deepEqual(await store.references(), []);
  assert.equal(await store.hasBlob({ mediaType: '', digest, size: content.length }), false);
}

describe('broken downloads', () => {
  test('each connection brings a piece, and all of them the model', async (t) => {
    const piece = Math.ceil(content.length / 8);
    const { pull, weights, store } = await serve(t, (request, response) =>
      sendAndCut(request, response, piece),
    );
    const result = await pull();
    assert.ok(weights() >= 8, `${weights()} requests`);
    assert.ok(result.fetchedBytes <= result.totalBytes + 64 * 1024, 'almost nothing came twice');
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
  });

  test('five connections without a byte are enough, and what came before stays', async (t) => {
    let first = true;
    let works = false;
    const { pull, weights, store } = await serve(t, (request, response) => {
      if (works) return sendPart(request, response, content);
      sendAndCut(request, response, first ? 1_000_000 : 0);
      first = false;
    });
    await assert.rejects(pull(), { code: 'offline' });
    assert.equal(weights(), 5);
    await assertEmpty(store);
    works = true;
    const result = await pull();
    assert.ok(result.fetchedBytes < content.length - 900_000, `${result.fetchedBytes} bytes`);
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
  });

  test('a server that sends all again instead of the part costs time, and no bytes on disk', async (t) => {
    let first = true;
    const { pull, weights, store } = await serve(t, (request, response) => {
      if (first) sendAndCut(request, response, 1_000_000);
      else response.writeHead(200, { 'content-length': content.length }).end(content);
      first = false;
    });
    const result = await pull();
    assert.equal(weights(), 2);
    assert.ok(result.fetchedBytes > result.totalBytes);
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
  });

  test('a missing blob is not asked for again', async (t) => {
    const { pull, weights, store } = await serve(t, (_, response) => sendJson(response, 404, {}));
    await assert.rejects(pull(), { code: 'not-found' });
    assert.equal(weights(), 1);
    await assertEmpty(store);
  });

  test('cancelling keeps what came', async (t) => {
    let cut = true;
    const { pull, store } = await serve(t, (request, response) => {
      if (!cut) return sendPart(request, response, content);
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 1_500_000));
    });
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 100);
    await assert.rejects(pull(cancel.signal), { code: 'cancelled' });
    await assertEmpty(store);
    cut = false;
    const result = await pull();
    assert.ok(result.fetchedBytes <= result.totalBytes - 1_500_000, `${result.fetchedBytes} bytes`);
  });
});

describe('wrong content', () => {
  const wrong = (): Buffer => {
    const copy = Buffer.from(content);
    copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
    return copy;
  };

  test('once: it is fetched again', async (t) => {
    let first = true;
    const { pull, weights, store } = await serve(t, (request, response) => {
      sendPart(request, response, first ? wrong() : content);
      first = false;
    });
    const result = await pull();
    assert.equal(weights(), 2);
    assert.equal(result.alreadyPresent, false);
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
  });

  test('twice: a clear error, and nothing stays', async (t) => {
    const { pull, weights, store } = await serve(t, (request, response) =>
      sendPart(request, response, wrong()),
    );
    await assert.rejects(pull(), { code: 'digest-mismatch', message: /twice with other content/ });
    assert.equal(weights(), 2);
    await assertEmpty(store);
    assert.deepEqual(await readdir(join(store.root, 'ingest')), []);
  });

  test('a size that is not the manifest’s', async (t) => {
    const { pull, weights, store } = await serve(t, (request, response) => {
      sendPart(request, response, content.subarray(1));
    });
    await assert.rejects(pull(), { code: 'size-mismatch' });
    assert.equal(weights(), 1);
    await assertEmpty(store);
  });

  test('a file that is no GGUF is not listed, and does not stay', async (t) => {
    const path = join(folder, 'no.gguf');
    await writeFile(path, randomBytes(100_000));
    const bad = await buildDockerModel([path]);
    const { pull, store } = await serve(t, modelHandler(bad), bad);
    await assert.rejects(pull(), {
      code: 'gguf-invalid',
      message: /was not added: its file no\.gguf is not a GGUF/,
    });
    assert.deepEqual(await store.references(), []);
    const layer = bad.layers[0]?.descriptor;
    assert.ok(layer);
    assert.equal(await store.hasBlob(layer), false);
  });

  test('an artifact that is no model is refused before anything is downloaded', async (t) => {
    const image = await buildDockerModel([FIXTURE], {
      layerMediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    });
    const stripped = JSON.parse(image.manifest.toString());
    stripped.config.mediaType = 'application/vnd.oci.image.config.v1+json';
    for (const layer of stripped.layers) delete layer.annotations;
    const manifest = Buffer.from(JSON.stringify(stripped));
    const { pull, weights, store } = await serve(t, modelHandler(image), { ...image, manifest });
    await assert.rejects(pull(), { code: 'unsupported-artifact' });
    assert.equal(weights(), 0);
    await assertEmpty(store);
  });
});
