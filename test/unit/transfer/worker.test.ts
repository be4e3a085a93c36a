/** Pulls whose bytes are moved in a thread, as the extension does them. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ModelError } from '../../../src/base/error.ts';
import { asLocalized } from '../../../src/base/l10n.ts';
import { type CredentialSource, parseReference, RegistryClient } from '../../../src/oci/index.ts';
import { FetchSender } from '../../../src/oci/network/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import {
  type PullOptions,
  type PullResult,
  pullModel,
  type WorkerMoverOptions,
} from '../../../src/transfer/index.ts';
import { type BuiltModel, buildDockerModel } from '../../support/dockerModel.ts';
import { type Handler, modelHandler, sendPart, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { largeGguf } from '../../support/largeGguf.ts';
import { workerMover } from '../../support/workerMover.ts';

const FIXTURE = fileURLToPath(new URL('../../fixtures/tinycode-q8_0.gguf', import.meta.url));
const MB = 1_000_000;

let folder: string;
let model: BuiltModel;
let content: Buffer;
let digest: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oci-models-worker-'));
  await largeGguf(join(folder, 'large.gguf'), FIXTURE, 40 * MB);
  model = await buildDockerModel([join(folder, 'large.gguf')]);
  content = await readFile(join(folder, 'large.gguf'));
  digest = model.layers[0]?.descriptor.digest ?? '';
});
after(() => rm(folder, { recursive: true, force: true }));

interface Setup {
  readonly store: ModelStore;
  readonly ranges: string[];
  pull(options?: Partial<PullOptions>): Promise<PullResult>;
}

async function serve(
  t: TestContext,
  weights: Handler,
  options: Partial<WorkerMoverOptions> = {},
  host = (own: string): string => own,
): Promise<Setup> {
  const ranges: string[] = [];
  const honest = modelHandler(model);
  const server = await startFakeRegistry((request, response) => {
    if (request.url?.endsWith(digest) !== true) return honest(request, response);
    ranges.push(request.headers.range ?? 'all');
    return weights(request, response);
  });
  const store = await ModelStore.open(await mkdtemp(join(folder, 'store-')));
  const registry = new RegistryClient(
    options.credentials === undefined ? {} : { credentials: options.credentials },
  );
  const mover = workerMover(options);
  t.after(async () => {
    await mover.close();
    store.dispose();
    await registry.close();
    await server.close();
  });
  const reference = parseReference(`${host(server.host)}/ai/model`);
  const pull = (more: Partial<PullOptions> = {}): Promise<PullResult> =>
    pullModel(reference, { registry, store, mover, ...more });
  return { store, ranges, pull };
}

describe('a pull in a thread', () => {
  test('several connections bring one blob, and progress only grows', async (t) => {
    const { store, ranges, pull } = await serve(t, (request, response) =>
      sendPart(request, response, content),
    );
    const done: number[] = [];
    const { fetchedBytes, totalBytes } = await pull({ onProgress: ({ doneBytes }) => done.push(doneBytes) });
    assert.equal(fetchedBytes, totalBytes);
    assert.deepEqual(
      done,
      [...done].sort((a, b) => a - b),
    );
    assert.ok(ranges.length >= 4 && ranges[0]?.startsWith('bytes=0-'), ranges.join(' '));
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
    assert.equal((await pull()).fetchedBytes, 0);
  });

  test('the login comes from the thread that asked', async (t) => {
    const asked: string[] = [];
    const credentials: CredentialSource = {
      get: async (registry) => {
        asked.push(registry);
        return { username: 'ann', password: 'secret' };
      },
    };
    const expected = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
    const { pull } = await serve(
      t,
      (request, response) => {
        if (request.headers.authorization === expected) return sendPart(request, response, content);
        response.writeHead(401, { 'www-authenticate': 'Basic realm="models"' });
        response.end();
      },
      { credentials },
    );
    assert.equal((await pull()).alreadyPresent, false);
    assert.ok(asked.length > 0);
  });

  test('says what is wrong in the language of the editor', async (t) => {
    const other = Buffer.alloc(content.length);
    const english =
      '{0} failed verification twice, so the copy on {1} is damaged. Tell the publisher, or pull the model from another registry.';
    const translations = { [english]: 'Prüfung fehlgeschlagen: {0}' };
    const { pull } = await serve(t, (request, response) => sendPart(request, response, other), {
      translations,
    });
    await assert.rejects(pull(), { code: 'digest-mismatch', message: /^Prüfung fehlgeschlagen: \S+$/ });
  });

  test('a login that cannot be read ends the pull with its own sentence', async (t) => {
    const credentials: CredentialSource = {
      get: async () => {
        throw new ModelError('auth-required', asLocalized('The helper is broken. Sign in again.'));
      },
    };
    const { pull } = await serve(
      t,
      (_, response) => {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="models"' });
        response.end();
      },
      { credentials },
    );
    await assert.rejects(pull(), { code: 'auth-required', message: /helper is broken/ });
  });

  test('what only the editor reaches comes through the editor', async (t) => {
    const asked: string[] = [];
    // A name that nobody resolves but the editor's own networking.
    const editor = new FetchSender(() => (input, init) => {
      const url = new URL(String(input));
      asked.push(url.host);
      url.hostname = '127.0.0.1';
      return fetch(url, init);
    });
    const { NetworkSender } = await import('../../../src/oci/network/index.ts');
    const sender = new NetworkSender({ settings: () => ({ env: {}, systemCertificates: false }), editor });
    const network = () => ({
      settings: { env: {}, systemCertificates: false },
      preferEditor: false,
      mirrors: [],
      plainHttp: true,
      userAgent: 'test',
    });
    const { store, pull } = await serve(
      t,
      (request, response) => sendPart(request, response, content),
      { editor, network },
      (own) => own.replace('127.0.0.1', 'registry.invalid'),
    );
    const registry = new RegistryClient({ sender, plainHttp: () => true });
    t.after(() => sender.close());
    const { fetchedBytes, totalBytes } = await pull({ registry });
    assert.equal(fetchedBytes, totalBytes);
    assert.ok(asked.length > 3 && asked.every((host) => host.startsWith('registry.invalid')));
    assert.deepEqual(await readFile(store.blobPath(digest)), content);
  });

  test('a cancel ends it at once and keeps what came', async (t) => {
    const { store, pull } = await serve(t, (request, response) => {
      // The rest never comes.
      const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(206, {
        'content-range': `bytes ${start}-${start + 5 * MB - 1}/${content.length}`,
        'content-length': 5 * MB,
      });
      response.write(content.subarray(start, start + MB));
    });
    const cancel = new AbortController();
    const pulling = pull({
      signal: cancel.signal,
      onProgress: ({ doneBytes }) => {
        if (doneBytes >= MB) cancel.abort();
      },
    });
    await assert.rejects(pulling, { code: 'cancelled' });
    assert.ok(((await store.ingestState(digest))?.doneBytes ?? 0) >= MB);
    assert.deepEqual(await store.references(), []);
  });

  test('an error of the registry is the same as without a thread', async (t) => {
    const { pull } = await serve(t, (_, response) => {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'BLOB_UNKNOWN', message: 'gone' }] }));
    });
    await assert.rejects(pull(), { code: 'not-found', status: 404, retryable: false });
  });

  test('a limit of the speed counts for all connections together', async (t) => {
    const { pull } = await serve(t, (request, response) => sendPart(request, response, content));
    const started = performance.now();
    await pull({ limits: { connections: 4, bytesPerSecond: 40 * MB } });
    const seconds = (performance.now() - started) / 1000;
    assert.ok(seconds > 0.7, `40 MB at 40 MB/s took ${seconds} s`);
  });
});
