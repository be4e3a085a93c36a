/** Pulling from a real docker-registry into a real store. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseReference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { type PullProgress, type PullResult, pullModel } from '../../src/transfer/index.ts';
import { type BuiltModel, buildDockerModel } from '../support/dockerModel.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { startMeteringProxy } from '../support/meteringProxy.ts';
import { pushModel } from '../support/pushModel.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));
const MB = 1_000_000;
const skip = hasDockerRegistry() ? false : 'docker-registry is not installed';

describe('pull', { skip }, () => {
  let server: DockerRegistry;
  let model: BuiltModel;
  let folder: string;
  const registry = new RegistryClient();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-pull-'));
    server = await startDockerRegistry();
    model = await buildDockerModel([FIXTURE]);
    await pushModel(server.host, 'ai/tinycode', 'latest', model);
    await pushModel(server.host, 'ai/tinycode', 'again', model);
  });
  after(async () => {
    await registry.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('a model arrives, a second pull fetches nothing, another name is only added', async () => {
    const store = await ModelStore.open(join(folder, 'first'));
    const reports: PullProgress[] = [];
    const reference = parseReference(`${server.host}/ai/tinycode`);
    const pull = (name = reference): Promise<PullResult> =>
      pullModel(name, { registry, store, onProgress: (report) => reports.push(report) });

    const total = model.configDescriptor.size + (model.layers[0]?.descriptor.size ?? 0);
    const first = await pull();
    assert.deepEqual(first.reference, reference);
    assert.equal(first.manifestDigest, model.manifestDescriptor.digest);
    assert.equal(first.alreadyPresent, false);
    assert.equal(first.totalBytes, total);
    assert.equal(first.fetchedBytes, total);
    assert.equal(first.artifact.format, 'gguf');
    assert.deepEqual(
      [...new Set(reports.map(({ phase }) => phase))],
      ['resolving', 'downloading', 'verifying', 'done'],
    );
    assert.equal(reports.at(-1)?.doneBytes, total);
    assert.equal(
      (await stat(store.blobPath(model.layers[0]?.descriptor.digest ?? ''))).size,
      total - model.config.length,
    );

    const second = await pull();
    assert.equal(second.alreadyPresent, true);
    assert.equal(second.fetchedBytes, 0);

    const third = await pull(parseReference(`${server.host}/ai/tinycode:again`));
    assert.equal(third.alreadyPresent, false);
    assert.equal(third.fetchedBytes, 0);
    assert.equal((await store.references()).length, 2);
  });

  test('a pull by digest', async () => {
    const store = await ModelStore.open(join(folder, 'digest'));
    const reference = parseReference(`${server.host}/ai/tinycode@${model.manifestDescriptor.digest}`);
    const result = await pullModel(reference, { registry, store });
    assert.deepEqual(result.reference, reference);
    assert.ok(await store.getReference(reference));
  });

  test('a full disk is refused before anything is downloaded', async () => {
    const store = await ModelStore.open(join(folder, 'full'));
    const reference = parseReference(`${server.host}/ai/tinycode`);
    const pull = pullModel(reference, { registry, store, freeBytes: async () => 1_000_000 });
    await assert.rejects(pull, {
      code: 'disk-full',
      message: /MB plus a reserve of 134 MB, and 1\.0 MB is free/,
    });
    assert.deepEqual(await store.references(), []);
  });

  test('a cancelled pull keeps what came, and the next one goes on', async (t) => {
    const proxy = await startMeteringProxy(server.host, { bytesPerSecond: 8 * MB });
    t.after(() => proxy.close());
    const slow = new RegistryClient();
    t.after(() => slow.close());
    const store = await ModelStore.open(join(folder, 'cancelled'));
    const reference = parseReference(`${proxy.host}/ai/tinycode`);
    const cancel = new AbortController();
    const onProgress = ({ fetchedBytes }: PullProgress): void => {
      if (fetchedBytes > MB) cancel.abort();
    };
    const cancelled = pullModel(reference, { registry: slow, store, signal: cancel.signal, onProgress });
    await assert.rejects(cancelled, { code: 'cancelled' });
    assert.deepEqual(await store.references(), []);
    const rest = await pullModel(reference, { registry: slow, store });
    assert.ok(rest.fetchedBytes < rest.totalBytes - 0.5 * MB, `${rest.fetchedBytes} of ${rest.totalBytes}`);
    assert.equal((await readdir(join(store.root, 'ingest'))).length, 0);
  });
});
