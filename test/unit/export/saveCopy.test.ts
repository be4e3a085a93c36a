import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { saveCopies } from '../../../src/export/index.ts';
import { savedFileError } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';

const BYTES = randomBytes(9_000_000);

async function prepare(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-save-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const storeRoot = join(folder, 'store');
  await mkdir(storeRoot);
  const from = join(storeRoot, 'model.gguf');
  await writeFile(from, BYTES, { mode: 0o444 });
  const target = join(folder, 'target');
  await mkdir(target);
  return { storeRoot, from, target };
}

describe('a copy of a model', () => {
  test('is whole, its own file, and may be written', async (t) => {
    const { storeRoot, from, target } = await prepare(t);
    const to = join(target, 'new folder', 'copy.gguf');
    const seen: [number, number][] = [];
    const second = { from, to: join(target, 'second.gguf') };
    await saveCopies([{ from, to }, second], { storeRoot, onProgress: (...both) => seen.push(both) });
    assert.deepEqual(await readFile(to), BYTES);
    assert.notEqual((await stat(to)).ino, (await stat(from)).ino);
    assert.equal((await stat(from)).mode & 0o777, 0o444);
    await writeFile(to, 'changed');
    assert.deepEqual(await readFile(from), BYTES);
    assert.deepEqual(await readFile(second.to), BYTES);
    assert.deepEqual(seen.at(-1), [2 * BYTES.length, 2 * BYTES.length]);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a[0] - b[0]),
    );
  });

  test('takes the place of a file, and of nothing when it fails', async (t) => {
    const { storeRoot, from, target } = await prepare(t);
    const to = join(target, 'copy.gguf');
    await writeFile(to, 'before');
    const controller = new AbortController();
    const cancelled = saveCopies([{ from, to }], {
      storeRoot,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    // Where the file system clones, the copy is there before anybody can cancel it.
    const outcome = await cancelled.then(
      () => 'done',
      (error) => (isModelError(error) ? error.code : error),
    );
    if (outcome !== 'done') {
      assert.equal(outcome, 'cancelled');
      assert.equal(await readFile(to, 'utf8'), 'before');
    }
    assert.deepEqual(await readdir(target), ['copy.gguf']);
    await saveCopies([{ from, to }], { storeRoot });
    assert.deepEqual(await readFile(to), BYTES);
  });

  test('says before the first byte that the disk is too small', async (t) => {
    const { storeRoot, from, target } = await prepare(t);
    const to = join(target, 'copy.gguf');
    const freeBytes = async () => 5_000_000;
    const outcome = await saveCopies([{ from, to }], { storeRoot, freeBytes }).catch(
      (error: unknown) => error,
    );
    if (outcome === undefined) return; // a clone needs no room
    assert.ok(isModelError(outcome, 'disk-full'));
    assert.match(outcome.message, /needs 9\.0 MB plus a reserve of 134 MB, and 5\.0 MB is free/);
    assert.deepEqual(await readdir(target), []);
  });

  test('does not go into the store through a link, but goes beside one that leads there', {
    skip: process.platform === 'win32' && 'links need a permission on Windows',
  }, async (t) => {
    const { storeRoot, from, target } = await prepare(t);
    await symlink(storeRoot, join(target, 'link'));
    await mkdir(join(storeRoot, 'blobs'));
    await symlink(join(storeRoot, 'blobs'), join(target, 'blobs'));
    for (const path of ['link/model.gguf', 'link/new/deeper/x.gguf', 'blobs/x.gguf']) {
      await assert.rejects(
        saveCopies([{ from, to: join(target, path) }], { storeRoot }),
        (error) => isModelError(error, 'store-error') && /is the model store itself/.test(error.message),
      );
      // Nor if the store is set by way of the link.
      await assert.rejects(
        saveCopies([{ from, to: join(storeRoot, 'x.gguf') }], { storeRoot: join(target, 'link') }),
        (error) => isModelError(error, 'store-error'),
      );
    }
    assert.deepEqual((await readdir(storeRoot)).sort(), ['blobs', 'model.gguf']);
    await saveCopies([{ from, to: join(target, 'new', 'x.gguf') }], { storeRoot });
    assert.equal((await stat(join(target, 'new', 'x.gguf'))).size, BYTES.length);
  });

  test('does not go into the store, and not where nothing can be written', async (t) => {
    const { storeRoot, from, target } = await prepare(t);
    for (const to of [from, join(storeRoot, 'deeper', 'x.gguf'), join(target, '..', 'store', 'x.gguf')]) {
      await assert.rejects(
        saveCopies([{ from, to }], { storeRoot }),
        (error) => isModelError(error, 'store-error') && /is the model store itself/.test(error.message),
      );
    }
    await writeFile(join(target, 'file'), '');
    for (const to of [join(target, 'file', 'x.gguf'), target]) {
      await assert.rejects(saveCopies([{ from, to }], { storeRoot }), (error) =>
        isModelError(error, 'store-error'),
      );
    }
    await assert.rejects(
      saveCopies([{ from: join(storeRoot, 'gone'), to: join(target, 'x') }], { storeRoot }),
      (error) => isModelError(error, 'not-found'),
    );
    assert.deepEqual(await readdir(storeRoot), ['model.gguf']);
    assert.deepEqual(await readdir(target), ['file']);
  });

  test('may have a long name in any language, and none below a file', async (t) => {
    const { storeRoot, from, target } = await prepare(t);
    const to = join(target, '模'.repeat(80));
    await saveCopies([{ from, to }], { storeRoot });
    assert.deepEqual(await readFile(to), BYTES);
    await assert.rejects(
      saveCopies([{ from, to: join(to, 'copy.gguf') }], { storeRoot }),
      /A file is in the place of a folder; move it away\.$/,
    );
  });

  for (const [code, kind, words] of [
    ['EEXIST', 'store-error', /A file is in the place of a folder; move it away/],
    ['EACCES', 'store-error', /permission to write there, or choose another folder\.$/],
    ['EROFS', 'store-error', /read-only; choose another folder/],
    ['EFBIG', 'store-error', /files of that size; choose a folder on another disk/],
    ['ENAMETOOLONG', 'store-error', /path is too long; choose a folder with a shorter path/],
    ['ENOTSUP', 'store-error', /does not allow it \(ENOTSUP\); choose a folder on another disk/],
    ['EIO', 'store-error', /reports an error; check the disk/],
    ['ENODEV', 'store-error', /drive does not respond; connect the drive/],
    ['EMFILE', 'store-error', /open files/],
    ['EDQUOT', 'disk-full', /is full, so the copy was discarded/],
  ] as const) {
    test(`says what to do about ${code}, and nothing about the store`, () => {
      const failure = Object.assign(new Error(code), { code });
      const error = savedFileError(failure, '/media/stick/model.gguf');
      assert.equal(error.code, kind);
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /ociModels/);
      assert.equal(error.cause, failure);
    });
  }

  test('does not take the place of a socket', {
    skip: process.platform === 'win32' && 'Windows has no sockets among files',
  }, async (t) => {
    const { storeRoot, from, target } = await prepare(t);
    const to = join(target, 'socket');
    const server = createServer().listen(to);
    t.after(() => server.close());
    await once(server, 'listening');
    await assert.rejects(
      saveCopies([{ from, to }], { storeRoot }),
      (error) => isModelError(error, 'store-error') && /is a pipe, socket or device/.test(error.message),
    );
    assert.ok((await stat(to)).isSocket());
  });
});
