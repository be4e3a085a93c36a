import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import { descriptorOf, filesIn, openStore } from './support.ts';

function code(expected: string) {
  return (error: unknown) => isModelError(error) && error.code === expected;
}

function ingestFolder(store: ModelStore, digest: string): string {
  return join(store.root, 'ingest', digest.replace(':', '-'));
}

describe('an ingest', () => {
  test('takes content in pieces and gives it its name', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(300_000);
    const descriptor = descriptorOf(bytes);
    const ingest = await store.openIngest(descriptor);
    assert.equal(ingest.doneBytes, 0);
    ingest.write(bytes.subarray(0, 1), 0);
    ingest.write(Buffer.alloc(0), 1);
    ingest.write(bytes.subarray(1, 70_000), 1);
    assert.equal(ingest.doneBytes, 70_000);
    assert.equal(await store.hasBlob(descriptor), false);
    ingest.write(bytes.subarray(70_000), 70_000);
    await ingest.commit();
    await ingest.close();
    await ingest.close();
    assert.equal(await store.hasBlob(descriptor), true);
    assert.deepEqual(await readFile(store.blobPath(descriptor.digest)), bytes);
    const hex = descriptor.digest.slice('sha256:'.length);
    assert.deepEqual(await filesIn(store.root), [
      `blobs/sha256/${hex}`,
      'index.json',
      'oci-layout',
      'store.json',
    ]);
    if (process.platform !== 'win32') {
      assert.equal((await stat(store.blobPath(descriptor.digest))).mode & 0o222, 0, 'a blob is read-only');
    }
  });

  test('takes sha512 and content of no bytes', async (t) => {
    const store = await openStore(t);
    const bytes = Buffer.from('sha512 is registered too');
    const long = { mediaType: '', digest: digestOf(bytes, 'sha512'), size: bytes.length };
    const first = await store.openIngest(long);
    first.write(bytes, 0);
    await first.commit();
    const empty = descriptorOf(Buffer.alloc(0));
    const second = await store.openIngest(empty);
    await second.commit();
    assert.deepEqual([await store.hasBlob(long), await store.hasBlob(empty)], [true, true]);
  });

  test('goes on where a closed one was', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(2_500_000);
    const first = await store.openIngest(descriptorOf(bytes), { reference: 'example.com/model:latest' });
    first.write(bytes.subarray(2_000_000, 2_100_000), 2_000_000);
    first.write(bytes.subarray(0, 1_200_000), 0);
    assert.deepEqual(first.missing(), [
      { start: 1_200_000, end: 2_000_000 },
      { start: 2_100_000, end: 2_500_000 },
    ]);
    await first.close();
    const state = await store.ingestState(digestOf(bytes));
    assert.equal(state?.doneBytes, 1_300_000);
    assert.equal(state?.size, 2_500_000);
    assert.equal(state?.reference, 'example.com/model:latest');
    assert.throws(() => first.write(bytes.subarray(0, 1), 0), code('store-error'));
    const second = await store.openIngest(descriptorOf(bytes));
    assert.equal(second.doneBytes, 1_300_000);
    for (const { start, end } of second.missing()) second.write(bytes.subarray(start, end), start);
    await second.commit();
    assert.equal(digestOf(await readFile(store.blobPath(digestOf(bytes)))), digestOf(bytes));
  });

  test('finds content that is in the store already', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(100);
    await store.writeBlob(descriptorOf(bytes), bytes);
    const ingest = await store.openIngest(descriptorOf(bytes));
    assert.equal(ingest.doneBytes, 100);
    await ingest.commit();
    assert.equal(existsSync(ingestFolder(store, digestOf(bytes))), false);
  });

  test('throws content with a wrong digest away, and takes the right one afterwards', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(1000);
    const ingest = await store.openIngest(descriptorOf(bytes));
    ingest.write(randomBytes(1000), 0);
    await assert.rejects(ingest.commit(), code('digest-mismatch'));
    assert.equal(ingest.doneBytes, 0);
    assert.equal(await store.hasBlob(descriptorOf(bytes)), false);
    ingest.write(bytes, 0);
    await ingest.commit();
    assert.equal(await store.hasBlob(descriptorOf(bytes)), true);
  });

  test('refuses too much and too little, and keeps what it has', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(1000);
    const ingest = await store.openIngest(descriptorOf(bytes));
    ingest.write(bytes.subarray(0, 400), 0);
    assert.throws(() => ingest.write(randomBytes(601), 400), code('size-mismatch'));
    await assert.rejects(ingest.commit(), code('size-mismatch'));
    assert.equal(ingest.doneBytes, 400);
    ingest.write(bytes.subarray(400), 400);
    await ingest.commit();
  });

  test('restarts, and discards', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(1000);
    const ingest = await store.openIngest(descriptorOf(bytes));
    ingest.write(randomBytes(500), 0);
    await ingest.restart();
    assert.equal(ingest.doneBytes, 0);
    ingest.write(bytes, 0);
    await ingest.close();
    const again = await store.openIngest(descriptorOf(bytes));
    assert.equal(again.doneBytes, 1000);
    await again.discard();
    assert.equal(existsSync(ingestFolder(store, digestOf(bytes))), false);
    const last = await store.openIngest(descriptorOf(bytes));
    assert.equal(last.doneBytes, 0);
    await last.close();
  });

  test('keeps the bytes when they cannot get their name', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(1000);
    const ingest = await store.openIngest(descriptorOf(bytes));
    await writeFile(join(store.root, 'blobs', 'sha256'), 'a file where a folder belongs');
    ingest.write(bytes, 0);
    await assert.rejects(ingest.commit(), code('store-error'));
    await assert.rejects(ingest.commit(), code('store-error'));
    await ingest.close();
    await rm(join(store.root, 'blobs', 'sha256'));
    const again = await store.openIngest(descriptorOf(bytes));
    assert.equal(again.doneBytes, 1000);
    await again.commit();
    assert.equal(await store.hasBlob(descriptorOf(bytes)), true);
  });

  test('that was closed changes nothing any more', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(1000);
    const ingest = await store.openIngest(descriptorOf(bytes));
    ingest.write(bytes, 0);
    await ingest.close();
    await assert.rejects(ingest.commit(), code('store-error'));
    await assert.rejects(ingest.restart(), code('store-busy'));
    await ingest.discard();
    const again = await store.openIngest(descriptorOf(bytes));
    assert.equal(again.doneBytes, 1000);
    await again.close();
  });

  test('of content that is in the store can be restarted', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(1000);
    await store.writeBlob(descriptorOf(bytes), bytes);
    const ingest = await store.openIngest(descriptorOf(bytes));
    await ingest.restart();
    assert.equal(ingest.doneBytes, 0);
    await assert.rejects(ingest.commit(), code('size-mismatch'));
    ingest.write(bytes, 0);
    await ingest.commit();
    assert.deepEqual(await readFile(store.blobPath(digestOf(bytes))), bytes);
  });

  test('begins again where more is there than there should be', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(1000);
    const folder = ingestFolder(store, digestOf(bytes));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'data'), randomBytes(1001));
    await writeFile(join(folder, 'state.json'), '');
    const ingest = await store.openIngest(descriptorOf(bytes));
    assert.equal(ingest.doneBytes, 0);
    await ingest.close();
  });

  test('counts after a restart of the machine only what was brought to the disk', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(1000);
    const folder = ingestFolder(store, digestOf(bytes));
    const first = await store.openIngest(descriptorOf(bytes));
    first.write(bytes.subarray(0, 900), 0);
    await first.close();
    const state = JSON.parse(await readFile(join(folder, 'state.json'), 'utf8'));
    await writeFile(join(folder, 'state.json'), JSON.stringify({ ...state, durable: [[100, 300]] }));
    assert.equal((await store.ingestState(digestOf(bytes)))?.doneBytes, 900);
    const progress = JSON.parse(await readFile(join(folder, 'progress.json'), 'utf8'));
    const before = { ...progress, bootedAt: progress.bootedAt - 3_600_000 };
    await writeFile(join(folder, 'progress.json'), JSON.stringify(before));
    const second = await store.openIngest(descriptorOf(bytes));
    assert.deepEqual(second.missing(), [
      { start: 0, end: 100 },
      { start: 300, end: 1000 },
    ]);
    await second.close();
  });

  test('without a record that can be read begins at 0', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(1000);
    const folder = ingestFolder(store, digestOf(bytes));
    for (const text of ['', '{', '{"', '\u0000'.repeat(500)]) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'data'), bytes);
      await writeFile(join(folder, 'state.json'), text);
      await writeFile(join(folder, 'progress.json'), text);
      const ingest = await store.openIngest(descriptorOf(bytes));
      assert.equal(ingest.doneBytes, 0);
      await ingest.close();
    }
  });

  test('that is not opened, because of a cancel, keeps everything', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(3_000_000);
    const first = await store.openIngest(descriptorOf(bytes));
    first.write(bytes, 0);
    await first.close();
    await assert.rejects(
      store.openIngest(descriptorOf(bytes), { signal: AbortSignal.abort() }),
      code('cancelled'),
    );
    const again = await store.openIngest(descriptorOf(bytes));
    assert.equal(again.doneBytes, 3_000_000, 'the bytes and the lock survive a cancel');
    assert.deepEqual(again.missing(), []);
    await again.commit();
  });

  test('belongs to one at a time', async (t) => {
    const store = await openStore(t);
    const other = await ModelStore.open(store.root);
    const bytes = randomBytes(1000);
    const first = await store.openIngest(descriptorOf(bytes));
    await assert.rejects(other.openIngest(descriptorOf(bytes)), code('store-busy'));
    await first.close();
    const second = await other.openIngest(descriptorOf(bytes));
    await second.close();
  });

  test('of a process that was killed goes on in another', async (t) => {
    const store = await openStore(t);
    const bytes = Buffer.alloc(2_000_000, 7);
    const descriptor = descriptorOf(bytes);
    const holder = fileURLToPath(new URL('holder.ts', import.meta.url));
    const child = spawn(process.execPath, [holder, store.root, descriptor.digest, '2000000', '1500000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    await assert.rejects(store.openIngest(descriptor), code('store-busy'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const ingest = await store.openIngest(descriptor);
    assert.equal(ingest.doneBytes, 1_500_000);
    ingest.write(bytes.subarray(1_500_000), 1_500_000);
    await ingest.commit();
    assert.equal(await store.hasBlob(descriptor), true);
  });
});
