import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import { until } from '../../support/until.ts';
import { addModel, descriptorOf, openStore, recordingLog, tinyModel, unpackLayer } from './support.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** A process that holds a lease until it is killed; the function kills it. */
async function leaseElsewhere(t: TestContext, root: string, digest: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [WORKER, root, 'lease', digest], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
}

describe('a lease', () => {
  test('that cannot be released does not fail what was done under it', async (t) => {
    const log = recordingLog();
    const store = await openStore(t, log);
    const lease = await store.lease([digestOf(Buffer.from('x'))]);
    const [leases, away] = [join(store.root, 'leases'), join(store.root, 'away')];
    await rename(leases, away);
    await writeFile(leases, '');
    await lease.release();
    assert.match(log.lines.join('\n'), /stays until the next collection/);
    await rm(leases);
    await rename(away, leases);
    await until(async () => !(await readdir(leases)).some((name) => name.endsWith('.lock')));
    await store.collectGarbage();
    assert.deepEqual(await readdir(leases), []);
  });

  test('keeps content when its reference is deleted or replaced, and when garbage is collected', async (t) => {
    const store = await openStore(t);
    const other = await ModelStore.open(store.root);
    const [deleted, replaced, alone] = [tinyModel(), tinyModel(), randomBytes(700)];
    const layers = [...deleted.layers, ...replaced.layers].map((bytes) => descriptorOf(bytes));
    const lease = await other.lease([digestOf(alone)]);
    await lease.add(layers.map(({ digest }) => digest));
    await store.writeBlob(descriptorOf(alone), alone);
    await store.deleteReference(await addModel(store, 'ai/deleted', deleted));
    await addModel(store, 'ai/replaced', replaced);
    await addModel(store, 'ai/replaced', tinyModel());
    await store.collectGarbage({ graceMs: -1000 });
    for (const layer of [...layers, descriptorOf(alone)]) assert.ok(await store.hasBlob(layer));
    assert.equal(await store.hasBlob(deleted.manifestDescriptor), false);
    await lease.release();
    await lease.release();
    const report = await store.collectGarbage({ graceMs: -1000 });
    assert.deepEqual([report.blobs, report.freedBytes], [3, 10_700]);
    assert.deepEqual(await readdir(join(store.root, 'leases')), []);
  });

  test('of a layer keeps the files that come out of it, which other models may have too', async (t) => {
    const store = await openStore(t);
    const other = await ModelStore.open(store.root);
    const body = randomBytes(700);
    const reference = await addModel(store, 'ai/plain', tinyModel([body]));
    const layer = Buffer.concat([Buffer.alloc(512, 'header'), body]);
    const lease = await other.lease([digestOf(layer)]);
    assert.deepEqual(await unpackLayer(other, body), layer);
    await store.deleteReference(reference);
    await store.collectGarbage({ graceMs: -1000 });
    assert.ok(await store.isUnpacked(digestOf(layer)));
    await lease.release();
    await store.discardUnneeded([digestOf(body)]);
    assert.equal(await store.hasBlob(descriptorOf(body)), false);
  });

  test('of a layer keeps what was written down of it, though its files are still to come', async (t) => {
    const store = await openStore(t);
    const body = randomBytes(700);
    const layer = await unpackLayer(store, body);
    const lease = await store.lease([digestOf(layer)]);
    await store.removeBlob(digestOf(body));
    const records = (): Promise<string[]> => readdir(join(store.root, 'unpacked'));
    await store.collectGarbage({ graceMs: -1000 });
    assert.equal((await records()).length, 1);
    await lease.release();
    await store.collectGarbage({ graceMs: -1000 });
    assert.deepEqual(await records(), []);
  });

  test('ends with its process', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(100);
    await store.writeBlob(descriptorOf(bytes), bytes);
    const kill = await leaseElsewhere(t, store.root, digestOf(bytes));
    assert.equal((await store.collectGarbage({ graceMs: -1000 })).blobs, 0);
    await kill();
    assert.equal((await store.collectGarbage({ graceMs: -1000 })).blobs, 1);
    assert.deepEqual(await readdir(join(store.root, 'leases')), []);
  });

  test('that cannot be read keeps everything while its process lives', async (t) => {
    const log = recordingLog();
    const store = await openStore(t, log);
    const model = tinyModel();
    const reference = await addModel(store, 'ai/one', model);
    const lease = await store.lease([]);
    const [name = ''] = (await readdir(join(store.root, 'leases'))).filter((file) => file.endsWith('.json'));
    await writeFile(join(store.root, 'leases', name), '{"digests":["sha');
    assert.deepEqual(await store.deleteReference(reference), { freedBytes: 0 });
    assert.equal((await store.collectGarbage({ graceMs: -1000 })).blobs, 0);
    assert.ok(log.lines.some((line) => line.includes('lease')));
    await lease.release();
    const theirs = ['dead.json', 'notes.txt', `${randomUUID()}.json`, `${randomUUID()}.lock`];
    for (const file of theirs) await writeFile(join(store.root, 'leases', file), '{"digests":["sha');
    await rm(join(store.root, 'leases', theirs[3] ?? ''));
    assert.equal((await store.collectGarbage({ graceMs: -1000 })).blobs, 3);
    // What no record of ours is stays, and needs nothing.
    assert.deepEqual((await readdir(join(store.root, 'leases'))).sort(), theirs.slice(0, 3).sort());
  });

  test('is of digests only, and says where it was lost', async (t) => {
    const store = await openStore(t);
    const code = (expected: string) => (error: unknown) => isModelError(error) && error.code === expected;
    await assert.rejects(store.lease(['sha256:../x']), code('reference-invalid'));
    assert.deepEqual(await readdir(join(store.root, 'leases')), []);
    const lease = await store.lease([]);
    await rm(join(store.root, 'leases'), { recursive: true });
    await assert.rejects(lease.add([digestOf(Buffer.from('x'))]), code('store-busy'));
    await lease.release();
  });

  test('waits for the store, and waiting can be cancelled', async (t) => {
    const store = await openStore(t);
    await writeFile(join(store.root, 'store.lock'), '');
    const waiting = store.lease([], { signal: AbortSignal.timeout(50) });
    await assert.rejects(waiting, (error: unknown) => isModelError(error, 'cancelled'));
  });
});
