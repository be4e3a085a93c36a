import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import {
  addModel,
  descriptorOf,
  filesIn,
  forgetContent,
  openStore,
  tinyModel,
  writePartial,
} from './support.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const DAY_MS = 24 * 60 * 60 * 1000;
const later = (days: number): number => Date.now() + days * DAY_MS + 60_000;

/** Where a killed process of this store left a file. */
async function leftover({ root }: ModelStore, folder: string, prefix: string): Promise<string> {
  const { id } = JSON.parse(await readFile(join(root, 'store.json'), 'utf8'));
  return join(root, folder, `${prefix}-${id}-${randomUUID()}`);
}

describe('garbage collection', () => {
  test('takes what nothing needs after a day, and keeps what models have', async (t) => {
    const store = await openStore(t);
    const model = tinyModel([randomBytes(3000), randomBytes(2000)]);
    await addModel(store, 'ai/kept', model);
    const garbage = randomBytes(1234);
    await store.writeBlob(descriptorOf(garbage), garbage);
    const nothing = { freedBytes: 0, blobs: 0, ingests: 0, temporary: 0 };
    assert.deepEqual(await store.collectGarbage(), nothing);
    // A clock that went back makes everything younger, not older.
    assert.deepEqual(await store.collectGarbage({ now: Date.now() - 100 * DAY_MS }), nothing);
    assert.deepEqual(await store.collectGarbage({ now: later(1) }), {
      ...nothing,
      blobs: 1,
      freedBytes: 1234,
    });
    for (const bytes of [...model.layers, model.config, model.manifest]) {
      assert.ok(await store.hasBlob(descriptorOf(bytes)));
    }
    assert.deepEqual(await store.collectGarbage({ now: later(1) }), nothing);
    assert.deepEqual(await readdir(join(store.root, 'ingest')), []);
  });

  test('knows what references of older versions need', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    await forgetContent(store, await addModel(store, 'ai/old', model));
    const reopened = await ModelStore.open(store.root);
    assert.equal((await reopened.collectGarbage({ now: later(1) })).blobs, 0);
    await reopened.removeBlob(model.manifestDescriptor.digest);
    const again = await ModelStore.open(store.root);
    const garbage = randomBytes(10);
    await again.writeBlob(descriptorOf(garbage), garbage);
    // It was read, and that was kept: the manifest is not needed for that any more.
    assert.equal((await again.collectGarbage({ now: later(1) })).blobs, 1);
    for (const layer of model.layers) assert.ok(await again.hasBlob(descriptorOf(layer)));
  });

  test('takes no content while a reference is damaged, but the rest', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    await addModel(store, 'ai/one', model);
    await writeFile(join(store.root, 'refs', 'docker.io_ai_one_latest.json'), '{"files":');
    await writeFile(await leftover(store, 'ingest', 'tmp'), 'left');
    const report = await store.collectGarbage({ now: later(1) });
    assert.deepEqual(report, { freedBytes: 4, blobs: 0, ingests: 0, temporary: 1 });
    const path = join(store.root, 'models', 'docker.io_ai_one_latest', 'model.gguf');
    assert.deepEqual(await readFile(path), model.layers[0]);
  });

  test('takes folders of models without a reference, and their content', async (t) => {
    const store = await openStore(t);
    const model = tinyModel([randomBytes(4000)]);
    await addModel(store, 'ai/gone', model);
    await addModel(store, 'ai/kept', tinyModel([randomBytes(10)], Buffer.from('{"kept":1}')));
    await rm(join(store.root, 'refs', 'docker.io_ai_gone_latest.json'));
    await writeFile(await leftover(store, 'models/docker.io_ai_kept_latest', '.tmp'), 'half');
    const report = await store.collectGarbage({ now: later(1) });
    const freedBytes = 4000 + model.config.length + model.manifest.length + 'half'.length;
    assert.deepEqual(report, { freedBytes, blobs: 3, ingests: 0, temporary: 2 });
    assert.deepEqual(await filesIn(join(store.root, 'models')), ['docker.io_ai_kept_latest/model.gguf']);
    assert.equal((await stat(join(store.root, 'index.json'))).isFile(), true);
  });

  test('takes downloads that stopped a week ago, or whose content came another way', async (t) => {
    const store = await openStore(t);
    const [stopped, complete, running, leased] = [
      randomBytes(100),
      randomBytes(100),
      randomBytes(100),
      randomBytes(100),
    ];
    for (const bytes of [stopped, complete, leased]) await writePartial(store, bytes, 40);
    await addModel(store, 'ai/complete', tinyModel([complete]));
    const ingest = await store.openIngest(descriptorOf(running));
    const lease = await store.lease([digestOf(leased)]);
    assert.equal((await store.collectGarbage({ now: later(6) })).ingests, 1);
    assert.deepEqual(
      (await store.partialDownloads()).map(({ digest }) => digest).sort(),
      [digestOf(stopped), digestOf(running), digestOf(leased)].sort(),
    );
    assert.equal((await store.collectGarbage({ now: later(7) })).ingests, 1);
    await lease.release();
    assert.equal((await store.collectGarbage({ now: later(7) })).ingests, 1);
    ingest.write(running, 0);
    await ingest.commit();
    assert.ok(await store.hasBlob(descriptorOf(running)));
    assert.deepEqual(await readdir(join(store.root, 'ingest')), []);
  });

  test('leaves files of others alone', async (t) => {
    const store = await openStore(t);
    const old = new Date(Date.now() - 100 * DAY_MS);
    const paths = ['blobs/README', 'blobs/sha256/notes.txt', 'quarantine/notes', 'ingest/notes'];
    for (const path of paths) {
      await mkdir(join(store.root, path, '..'), { recursive: true });
      await writeFile(join(store.root, path), 'mine');
      await utimes(join(store.root, path), old, old);
    }
    await store.collectGarbage({ now: later(30) });
    for (const path of paths) assert.equal(await readFile(join(store.root, path), 'utf8'), 'mine');
  });

  test('can be cancelled, and waits no longer than it is told to', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(10);
    await store.writeBlob(descriptorOf(bytes), bytes);
    const cancelled = store.collectGarbage({ now: later(1), signal: AbortSignal.abort() });
    await assert.rejects(cancelled, (error: unknown) => isModelError(error, 'cancelled'));
    assert.ok(await store.hasBlob(descriptorOf(bytes)));
    await writeFile(join(store.root, 'store.lock'), '');
    await assert.rejects(store.collectGarbage({ waitMs: 0 }), (error: unknown) =>
      isModelError(error, 'store-busy'),
    );
  });

  test('in several processes takes nothing that others commit meanwhile', async (t) => {
    const store = await openStore(t);
    const run = (...args: string[]) => promisify(execFile)(process.execPath, [WORKER, store.root, ...args]);
    const collector = run('collect');
    await Promise.all([run('commit', 'ai/one', '30'), run('commit', 'ai/two', '30')]);
    collector.child.stdin?.end();
    const collections = Number((await collector).stdout);
    assert.ok(collections > 3, `${collections} collections`);
    const references = await store.references();
    const report = await store.verify();
    assert.deepEqual([report.models, report.damaged], [references.length, []]);
  });
});
