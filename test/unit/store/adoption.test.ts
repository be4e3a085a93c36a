import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { hashFile, type ModelStore } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import { descriptorOf, filesIn, openStore, temporaryFolder } from './support.ts';

const BYTES = randomBytes(3 * 1024 * 1024 + 17);
const WANTED = descriptorOf(BYTES);

interface Setting {
  readonly store: ModelStore;
  /** Another program's folder, with `blob` in it. */
  readonly folder: string;
  readonly path: string;
}

async function prepare(t: TestContext, bytes: Uint8Array = BYTES): Promise<Setting> {
  const [store, folder] = [await openStore(t), await temporaryFolder(t)];
  const path = join(folder, 'blob');
  await writeFile(path, bytes);
  return { store, folder, path };
}

/** Nothing but the empty store's own files is there. */
async function assertEmpty(store: ModelStore): Promise<void> {
  const left = (await filesIn(store.root)).filter((name) => /^(blobs|ingest)/.test(name));
  assert.deepEqual(left, []);
}

describe('content of another program', () => {
  test('becomes a blob that shares the disk, and the file stays as it was', async (t) => {
    const { store, path } = await prepare(t);
    const before = await stat(path);
    assert.equal(await store.canBeLinked(path), true);
    const { way } = await store.adoptBlob(WANTED, path);
    assert.ok(way === 'link' || way === 'clone', `${way} shares`);
    assert.deepEqual(await readFile(store.blobPath(WANTED.digest)), BYTES);
    const after = await stat(path);
    assert.deepEqual(
      [after.mode, after.uid, after.mtimeMs, after.size],
      [before.mode, before.uid, before.mtimeMs, before.size],
    );
    assert.deepEqual(
      await filesIn(store.root).then((names) => names.filter((n) => n.startsWith('ingest'))),
      [],
    );
    assert.deepEqual(await store.adoptBlob(WANTED, path), { way: 'present' });
  });

  test('is kept when the program removes it, and the program keeps it when the blob goes', async (t) => {
    const first = await prepare(t);
    await first.store.adoptBlob(WANTED, first.path);
    await rm(first.path);
    assert.deepEqual(await readFile(first.store.blobPath(WANTED.digest)), BYTES);
    const second = await prepare(t);
    await second.store.adoptBlob(WANTED, second.path);
    await second.store.removeBlob(WANTED.digest);
    assert.deepEqual(await readFile(second.path), BYTES);
  });

  test('is copied where it may not be shared, read-only and with progress that ends at its size', async (t) => {
    const { store, path } = await prepare(t);
    const seen: number[] = [];
    const { way } = await store.adoptBlob(WANTED, path, { ways: ['copy'], onProgress: (n) => seen.push(n) });
    assert.equal(way, 'copy');
    const blob = await stat(store.blobPath(WANTED.digest));
    assert.notEqual(blob.ino, (await stat(path)).ino);
    assert.equal(blob.mode & 0o777, 0o444);
    assert.equal(seen.at(-1), WANTED.size);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
  });

  test('is copied, not linked, where every user may write it', {
    skip: process.platform === 'win32',
  }, async (t) => {
    const { store, path } = await prepare(t);
    await chmod(path, 0o666);
    assert.equal(await store.canBeLinked(path), false);
    const { way } = await store.adoptBlob(WANTED, path, { ways: ['link', 'copy'] });
    assert.equal(way, 'copy');
    assert.equal((await stat(path)).mode & 0o777, 0o666);
  });

  test('is found through a symbolic link, as in the Hugging Face cache', async (t) => {
    const { store, folder, path } = await prepare(t);
    const name = join(folder, 'model.gguf');
    await symlink('blob', name);
    await store.adoptBlob(WANTED, name);
    await rm(path);
    assert.deepEqual(await readFile(store.blobPath(WANTED.digest)), BYTES);
  });

  test('of an unknown digest is taken too', async (t) => {
    const { store, path } = await prepare(t);
    const adopted = await store.adoptFile(path, 'application/vnd.docker.ai.gguf.v3');
    assert.deepEqual(adopted.descriptor, { ...WANTED, mediaType: 'application/vnd.docker.ai.gguf.v3' });
    assert.equal((await store.adoptFile(path, 'a/b')).way, 'present');
    assert.equal((await hashFile(store.blobPath(WANTED.digest), WANTED.digest))?.digest, WANTED.digest);
  });

  for (const ways of [['clone', 'link', 'copy'], ['copy']] as const) {
    describe(`that is wrong is refused (${ways.join(', ')})`, () => {
      test('with another size', async (t) => {
        const { store, path } = await prepare(t, BYTES.subarray(0, 1000));
        await assert.rejects(store.adoptBlob(WANTED, path, { ways }), (error) =>
          isModelError(error, 'size-mismatch'),
        );
        await assertEmpty(store);
      });

      test('with another content', async (t) => {
        const bytes = Buffer.from(BYTES);
        bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
        const { store, path } = await prepare(t, bytes);
        await assert.rejects(
          store.adoptBlob(WANTED, path, { ways }),
          (error) => isModelError(error, 'digest-mismatch') && /so it was not imported/.test(error.message),
        );
        await assertEmpty(store);
        assert.deepEqual(await readFile(path), bytes);
      });

      test('when it is gone', async (t) => {
        const { store, folder, path } = await prepare(t);
        for (const missing of [join(folder, 'missing'), folder, `${path}/deeper`]) {
          await assert.rejects(store.adoptBlob(WANTED, missing, { ways }), (error) =>
            isModelError(error, missing === `${path}/deeper` ? 'store-error' : 'not-found'),
          );
        }
        await assertEmpty(store);
      });

      test('when the user cancels', async (t) => {
        const { store, path } = await prepare(t);
        const controller = new AbortController();
        const options = { ways, signal: controller.signal, onProgress: () => controller.abort() };
        await assert.rejects(store.adoptBlob(WANTED, path, options), (error) =>
          isModelError(error, 'cancelled'),
        );
        await assertEmpty(store);
      });
    });
  }

  test('that another program changes behind the reader is not taken as verified', async (t) => {
    const { store, path } = await prepare(t);
    // Writes in place, behind what was hashed, so that the digest is the right one all the same.
    const changing: typeof hashFile = async (temporary, like, options) => {
      const hashed = await hashFile(temporary, like, options);
      const bytes = Buffer.from(BYTES);
      bytes.fill(0, 0, 10);
      await writeFile(path, bytes, { flag: 'r+' });
      await utimes(path, 1_000_000_000, 1_000_000_000);
      return hashed;
    };
    await assert.rejects(
      store.adoptBlob(WANTED, path, { ways: ['link'], hashFile: changing }),
      (error) =>
        isModelError(error, 'store-error') &&
        error.retryable &&
        /Another program changed/.test(error.message),
    );
    await assertEmpty(store);
    // A copy is a file of its own: what happens to the source afterwards does not matter.
    await writeFile(path, BYTES);
    assert.deepEqual(await store.adoptBlob(WANTED, path, { ways: ['copy'], hashFile: changing }), {
      way: 'copy',
    });
    assert.deepEqual(await readFile(store.blobPath(WANTED.digest)), BYTES);
  });

  test('that grows while it is copied is not taken', async (t) => {
    const { store, path } = await prepare(t);
    const changing: typeof hashFile = async (temporary, like, options) => {
      await appendFile(path, 'more');
      return hashFile(temporary, like, options);
    };
    await assert.rejects(store.adoptBlob(WANTED, path, { ways: ['link'], hashFile: changing }), (error) =>
      isModelError(error, 'store-error'),
    );
    await assertEmpty(store);
  });

  test('says before copying when the disk is too small, and needs no room where it shares', async (t) => {
    const { store, path } = await prepare(t);
    const freeBytes = async () => 1_000_000;
    await assert.rejects(
      store.adoptBlob(WANTED, path, { ways: ['copy'], freeBytes }),
      (error) =>
        isModelError(error, 'disk-full') &&
        /needs 3\.1 MB plus a reserve of 134 MB, and 1\.0 MB is free/.test(error.message),
    );
    await assertEmpty(store);
    await store.adoptBlob(WANTED, path, { ways: ['clone', 'link'], freeBytes });
    assert.equal(await store.hasBlob(WANTED), true);
  });

  test('is taken by two at once, and is one blob then', async (t) => {
    const { store, path } = await prepare(t);
    await Promise.all([
      store.adoptBlob(WANTED, path),
      store.adoptBlob(WANTED, path, { ways: ['copy'] }),
      store.adoptBlob(WANTED, path),
      store.adoptFile(path, 'a/b'),
    ]);
    assert.deepEqual(await readFile(store.blobPath(WANTED.digest)), BYTES);
    assert.deepEqual(await readdir(join(store.root, 'ingest')), []);
  });

  test('that is no file is refused', { skip: process.platform === 'win32' }, async (t) => {
    const { store, folder } = await prepare(t);
    const path = join(folder, 'socket');
    const server = createServer().listen(path);
    await once(server, 'listening');
    t.after(() => server.close());
    await mkdir(join(folder, 'directory'));
    for (const wrong of [path, join(folder, 'directory')]) {
      assert.equal(
        await store.adoptFile(wrong, 'a/b').catch((error) => isModelError(error, 'not-found')),
        true,
      );
    }
  });

  test('is read in pieces, between which other work is done', async (t) => {
    const mebibytes = 32;
    const { store, path } = await prepare(t, Buffer.alloc(mebibytes * 1024 * 1024));
    let turns = 0;
    let done = false;
    const turn = (): void => {
      turns++;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    await store.adoptFile(path, 'a/b', { ways: ['link'] });
    done = true;
    assert.ok(turns >= mebibytes, `${turns} turns of the event loop for ${mebibytes} MiB`);
  });
});
