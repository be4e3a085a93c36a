/** Pulls from servers that break, lie and change their mind, into a real store. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LocalSources, thisMachine } from '../../../src/adopt/index.ts';
import { silentLog } from '../../../src/base/log.ts';
import { parseReference, type Reference, RegistryClient } from '../../../src/oci/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { LocalMover, type PullProgress, type PullResult, pullModel } from '../../../src/transfer/index.ts';
import { type BuiltModel, buildDockerModel } from '../../support/dockerModel.ts';
import {
  type FakeRegistry,
  type Handler,
  modelHandler,
  sendJson,
  sendPart,
  startFakeRegistry,
} from '../../support/fakeRegistry.ts';
import { randomBytes } from '../../support/random.ts';

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
    const pulling = pull(cancel.signal);
    while (((await store.ingestState(digest))?.doneBytes ?? 0) < 1_500_000) await delay(5);
    cancel.abort();
    await assert.rejects(pulling, { code: 'cancelled' });
    await assertEmpty(store);
    cut = false;
    const result = await pull();
    assert.ok(result.fetchedBytes <= result.totalBytes - 1_500_000, `${result.fetchedBytes} bytes`);
  });
});

describe('parts over several connections', () => {
  /** A model of ten small parts. */
  async function serveParts(
    t: TestContext,
    weights: Handler,
    // Ten times as fast, so that what takes seconds of slowness is seen at once.
    { now } = { now: () => performance.now() * 10 },
  ): Promise<Setup> {
    const setup = await serve(t, weights);
    const registry = new RegistryClient({ retryBaseMs: 1, stallMs: 2_000 });
    t.after(() => registry.close());
    const mover = new LocalMover({
      registry,
      log: silentLog,
      now,
      retryBaseMs: 10,
      minPartBytes: Math.ceil(content.length / 10),
    });
    const { store, reference } = setup;
    return { ...setup, pull: (signal) => pullModel(reference, { registry, store, mover, signal }) };
  }

  test('a part that comes much slower than the others is asked for again', async (t) => {
    let slow = 0;
    const { pull, weights, store } = await serveParts(t, (request, response) => {
      const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (start === 0 || slow > 0) return sendPart(request, response, content);
      slow++;
      const end = Number(/-(\d+)$/.exec(request.headers.range ?? '')?.[1] ?? 0) + 1;
      const headers = {
        'content-range': `bytes ${start}-${end - 1}/${content.length}`,
        'content-length': end - start,
      };
      response.writeHead(206, headers);
      const drop = setInterval(() => response.write(content.subarray(start, start + 100)), 50);
      response.on('close', () => clearInterval(drop));
      // Never the same byte twice: what came counts.
      setTimeout(() => clearInterval(drop), 60);
    });
    await pull();
    assert.equal(slow, 1);
    assert.ok(weights() >= 5, `${weights()} requests`);
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
  });

  test('a server that is asked too often is asked on fewer connections', async (t) => {
    let asked = 0;
    let running = 0;
    let refused = 0;
    // The clock of the others would take a busy machine for a slow server, which is asked again.
    const clock = { now: () => performance.now() };
    const serveOneAtATime: Handler = async (request, response) => {
      asked++;
      running++;
      try {
        if (running > 1) {
          refused++;
          response.writeHead(429, { 'retry-after': '0' });
          response.end();
          return;
        }
        // The other connections open after the first answer, and one of them meets the next request.
        while (asked > 1 && refused === 0) await delay(1);
        sendPart(request, response, content);
      } finally {
        running--;
      }
    };
    const { pull, store } = await serveParts(t, serveOneAtATime, clock);
    await pull();
    assert.ok(refused >= 1 && refused <= 6, `${refused} requests were refused`);
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
  });

  test('an answer with the whole blob serves all parts', async (t) => {
    const { pull, weights, store } = await serveParts(t, (_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.end(content);
    });
    const { fetchedBytes, totalBytes } = await pull();
    assert.equal(weights(), 1);
    assert.equal(fetchedBytes, totalBytes);
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
  });

  test('a second pull of the same blob looks on, and takes over where the first one ends', async (t) => {
    let held: (() => void) | undefined;
    const { pull, weights, store, reference } = await serveParts(t, async (request, response) => {
      // The last part waits until the first pull is cancelled.
      if (request.headers.range?.endsWith(`-${content.length - 1}`) === true && held === undefined) {
        await new Promise<void>((resolve) => {
          held = resolve;
        });
        return;
      }
      sendPart(request, response, content);
    });
    const cancel = new AbortController();
    const first = pull(cancel.signal);
    while (held === undefined) await delay(5);
    const registry = new RegistryClient();
    t.after(() => registry.close());
    const seen: number[] = [];
    const onProgress = ({ doneBytes }: PullProgress): void => void seen.push(doneBytes);
    const second = pullModel(reference, { registry, store, onProgress });
    while ((seen.at(-1) ?? 0) < content.length / 2) await delay(20);
    const before = weights();
    cancel.abort();
    held();
    await assert.rejects(first, { code: 'cancelled' });
    const { fetchedBytes } = await second;
    assert.ok(fetchedBytes < content.length / 2, `${fetchedBytes} bytes`);
    assert.equal(weights(), before + 1);
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
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
    await assert.rejects(pull(), { code: 'digest-mismatch', message: /failed verification twice/ });
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
      message: /was not added, because its file no\.gguf is not a GGUF/,
    });
    assert.deepEqual(await store.references(), []);
    const layer = bad.layers[0]?.descriptor;
    assert.ok(layer);
    assert.equal(await store.hasBlob(layer), false);
  });

  test('an artifact that is no model is refused before anything is downloaded', async (t) => {
    const image = await buildDockerModel([FIXTURE], {
      layerMediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    });
    const stripped = JSON.parse(image.manifest.toString());
    stripped.config.mediaType = 'application/vnd.cncf.helm.config.v1+json';
    for (const layer of stripped.layers) delete layer.annotations;
    const manifest = Buffer.from(JSON.stringify(stripped));
    const { pull, weights, store } = await serve(t, modelHandler(image), { ...image, manifest });
    await assert.rejects(pull(), { code: 'unsupported-artifact' });
    assert.equal(weights(), 0);
    await assertEmpty(store);
  });
});

describe('content that another program has', () => {
  test('is taken from there, and only the rest is downloaded', async (t) => {
    const {
      pull: _,
      store,
      reference,
      weights,
      server,
    } = await serve(t, () => {
      throw new Error('the weights are on this machine');
    });
    const registry = new RegistryClient();
    t.after(() => registry.close());
    const home = await mkdtemp(join(folder, 'home-'));
    const blobs = join(home, '.ollama', 'models', 'blobs');
    await mkdir(blobs, { recursive: true });
    await writeFile(join(blobs, digest.replace(':', '-')), content);
    const machine = { ...thisMachine(), home, env: {} };
    const localContent = new LocalSources({ machine });
    const result = await pullModel(reference, { registry, store, localContent });
    assert.deepEqual(result.tools, ['Ollama']);
    assert.equal(weights(), 0);
    assert.equal(result.fetchedBytes, model.config.length);
    assert.equal(server.requests.length, 2);
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
    assert.deepEqual(await readdir(join(store.root, 'leases')), []);
  });

  test('that is damaged there is downloaded', async (t) => {
    const { store, reference } = await serve(t, (request, response) => sendPart(request, response, content));
    const registry = new RegistryClient();
    t.after(() => registry.close());
    const home = await mkdtemp(join(folder, 'home-'));
    const blobs = join(home, '.ollama', 'models', 'blobs');
    await mkdir(blobs, { recursive: true });
    await writeFile(join(blobs, digest.replace(':', '-')), randomBytes(content.length));
    const localContent = new LocalSources({ machine: { ...thisMachine(), home, env: {} } });
    const result = await pullModel(reference, { registry, store, localContent });
    assert.deepEqual(result.tools, []);
    assert.equal(result.fetchedBytes, result.totalBytes);
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
  });
});
