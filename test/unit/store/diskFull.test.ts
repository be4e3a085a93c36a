/** A disk that is full: a small one in memory, where this process may mount it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { formatReference } from '../../../src/oci/spec/reference.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import { addModel, temporaryFolder, tinyModel, writePartial } from './support.ts';

const run = promisify(execFile);

/** A folder on a disk of its own; undefined where that is not possible. */
async function smallDisk(t: TestContext, megabytes: number): Promise<string | undefined> {
  const folder = await temporaryFolder(t);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  } catch {
    t.skip('no disk can be mounted here');
    return undefined;
  }
  return folder;
}

/** Takes all room that is left, to the last page. */
async function fill(folder: string): Promise<string> {
  const path = join(folder, 'filler');
  for (const bytes of [64 * 1024, 4096]) {
    for (;;) {
      try {
        await writeFile(path, Buffer.alloc(bytes, 1), { flag: 'a' });
      } catch {
        break;
      }
    }
  }
  return path;
}

describe('on a full disk', () => {
  test('a download says so, stays failed, and keeps what is there', async (t) => {
    const folder = await smallDisk(t, 6);
    if (folder === undefined) return;
    try {
      const store = await ModelStore.open(join(folder, 'store'));
      const bytes = randomBytes(3_000_000);
      const descriptor = { mediaType: '', digest: digestOf(bytes), size: bytes.length };
      const ingest = await store.openIngest(descriptor);
      ingest.write(bytes.subarray(0, 100_000), 0);
      const filler = await fill(folder);
      const isFull = (error: unknown): boolean =>
        isModelError(error, 'disk-full') && error.message.includes(join(folder, 'store', 'ingest'));
      assert.throws(() => ingest.write(bytes.subarray(100_000), 100_000), isFull);
      assert.throws(
        () => ingest.write(bytes.subarray(0, 1), 100_000),
        isFull,
        'a failed ingest stays failed',
      );
      await assert.rejects(ingest.commit(), isFull);
      await ingest.close();
      await rm(filler);
      const again = await store.openIngest(descriptor);
      assert.equal(again.doneBytes, 100_000);
      await again.close();
      store.dispose();
    } finally {
      await run('umount', [folder]);
    }
  });

  test('nothing new is listed, models and downloads can be removed, and then there is room', async (t) => {
    const folder = await smallDisk(t, 6);
    if (folder === undefined) return;
    try {
      const store = await ModelStore.open(join(folder, 'store'));
      const [kept, gone] = [tinyModel([randomBytes(1_000_000)]), tinyModel([randomBytes(1_000_000)])];
      await addModel(store, 'ai/kept', kept);
      const reference = await addModel(store, 'ai/gone', gone);
      const partial = await writePartial(store, randomBytes(200_000), 100_000);
      const filler = await fill(folder);
      const full = (error: unknown): boolean =>
        isModelError(error, 'disk-full') && /Free some space/.test(error.message);
      const more = tinyModel([randomBytes(500_000)]);
      await assert.rejects(addModel(store, 'ai/more', more), full);
      await assert.rejects(store.lease([digestOf(Buffer.from('x'))]), full);
      const names = async () => (await store.references()).map((stored) => formatReference(stored.reference));
      assert.deepEqual(await names(), ['docker.io/ai/gone:latest', 'docker.io/ai/kept:latest']);
      assert.equal(await store.removePartial(partial), 100_000);
      await fill(folder);
      assert.equal((await store.deleteReference(reference)).freedBytes, 1_000_000 + gone.manifest.length);
      await addModel(store, 'ai/more', more);
      assert.deepEqual(await names(), ['docker.io/ai/kept:latest', 'docker.io/ai/more:latest']);
      assert.deepEqual((await store.verify()).damaged, []);
      await rm(filler);
      store.dispose();
    } finally {
      await run('umount', [folder]);
    }
  });
});
