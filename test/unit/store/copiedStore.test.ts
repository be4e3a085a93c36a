/** Files that are other ones than were recorded: of a person, or because the whole store was copied or restored. */
import assert from 'node:assert/strict';
import { copyFile, cp, lstat, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import { isSameOrigin, stampOf } from '../../../src/store/content/records.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import { addModel, openStore, recordingLog, type TinyModel, temporaryFolder, tinyModel } from './support.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const later = { now: Date.now() + 30 * DAY_MS, graceMs: -60_000 };
const MEGABYTES = 2 * 1024 * 1024;

const layerOf = ({ layers }: TinyModel): Buffer => layers[0] ?? Buffer.alloc(0);

/** Puts a file with the same size and time, but of its own, in the place of another one. */
async function replace(path: string, content: Buffer): Promise<void> {
  const { atime, mtime } = await stat(path);
  await rm(path);
  await writeFile(path, content);
  await utimes(path, atime, mtime);
}

/** Gives each name a file of its own with the same content. */
async function renumber(store: ModelStore, paths: readonly string[]): Promise<void> {
  for (const [index, path] of paths.entries()) {
    const { atime, mtime } = await stat(path);
    const copy = join(store.root, `.copy-${index}`);
    await copyFile(path, copy);
    await utimes(copy, atime, mtime);
    await rename(copy, path);
  }
}

async function hashesOf(store: ModelStore, name: string): Promise<number> {
  let hashes = 0;
  await store.checkFiles(parseReference(name), { onHash: () => hashes++ });
  return hashes;
}

describe('a file of the same size and time as one of ours', () => {
  test('is not ours under a model’s name', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    const reference = await addModel(store, 'ai/one', model);
    const path = store.modelFilePath(reference, 'model.gguf');
    const theirs = randomBytes(layerOf(model).length);
    await replace(path, theirs);
    const isForeign = (error: unknown): boolean =>
      isModelError(error, 'store-error') &&
      error.message.startsWith(`${path} is a file that OCI Models did not make`);
    await assert.rejects(addModel(store, 'ai/one', tinyModel()), isForeign);
    assert.match((await store.verify()).damaged[0]?.problems[0] ?? '', /did not make it/);
    await store.deleteReference(reference);
    await store.collectGarbage(later);
    assert.deepEqual(await readFile(path), theirs);
  });

  test('is not ours under a digest', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    const reference = await addModel(store, 'ai/one', model);
    const path = store.blobPath(digestOf(layerOf(model)));
    const theirs = randomBytes(layerOf(model).length);
    await replace(path, theirs);
    await store.deleteReference(reference);
    await store.collectGarbage(later);
    assert.deepEqual(await readFile(path), theirs);
  });

  test('is ours where files are numbered anew with each mount', async (t) => {
    const path = join(await temporaryFolder(t), 'file');
    await writeFile(path, 'content');
    const stamp = stampOf(await lstat(path, { bigint: true }));
    await replace(path, Buffer.from('CONTENT'));
    const status = await lstat(path, { bigint: true });
    // The number may have been given again.
    const other = { ...stamp, ino: String(status.ino + 1n) };
    assert.equal(isSameOrigin(other, status, false), true);
    assert.equal(isSameOrigin(other, status, true), false);
    await utimes(path, 1, 1);
    assert.equal(isSameOrigin(other, await lstat(path, { bigint: true }), false), false);
  });

  test('is ours by its inode only with the time of its making, or as it was', async (t) => {
    const path = join(await temporaryFolder(t), 'file');
    await writeFile(path, 'content');
    const status = await lstat(path, { bigint: true });
    const stamp = stampOf(status);
    assert.equal(isSameOrigin({ ...stamp, mtimeNs: '1', size: '1', bornNs: '7' }, status, true), false);
    assert.equal(isSameOrigin({ ...stamp, bornNs: '7' }, status, true), true);
    const unborn = { ...status, birthtimeNs: 0n } as typeof status;
    assert.equal(isSameOrigin({ ...stamp, bornNs: '0', size: '1' }, unborn, true), false);
  });
});

async function copied(t: TestContext, store: ModelStore, preserveTimestamps: boolean) {
  const root = join(await temporaryFolder(t), 'copy');
  store.dispose();
  await cp(store.root, root, { recursive: true, preserveTimestamps });
  const log = recordingLog();
  const copy = await ModelStore.open(root, { log });
  t.after(() => copy.dispose());
  return { copy, log };
}

describe('a store that was copied or restored', () => {
  for (const [how, preserveTimestamps] of [
    ['with its times', true],
    ['without its times', false],
  ] as const) {
    test(`goes on, and gets its room back: ${how}`, async (t) => {
      const store = await openStore(t);
      const [model, other] = [tinyModel([randomBytes(MEGABYTES)]), tinyModel()];
      const reference = await addModel(store, 'ai/one', model);
      await addModel(store, 'ai/two', other);
      const { copy, log } = await copied(t, store, preserveTimestamps);
      assert.equal(await hashesOf(copy, 'ai/one'), 1, 'what nobody verified here');
      assert.equal(await hashesOf(copy, 'ai/one'), 0, 'once');
      const { freedBytes } = await copy.deletionPreview(reference);
      // The copy has no links, so the name has content of its own.
      assert.ok(freedBytes > 2 * MEGABYTES);
      assert.equal((await copy.deleteReference(reference)).freedBytes, freedBytes);
      assert.ok(log.lines.some((line) => /was read, because .* \(2\.1 MB in \d+\.\d s\)/.test(line)));
      assert.equal((await copy.blobDigests()).has(digestOf(layerOf(model))), false);
      await assert.rejects(lstat(copy.modelFilePath(reference, 'model.gguf')));
      // Another version of the other one takes its names.
      const next = tinyModel();
      await addModel(copy, 'ai/two', next);
      assert.deepEqual(
        await readFile(copy.modelFilePath(parseReference('ai/two'), 'model.gguf')),
        layerOf(next),
      );
      assert.deepEqual((await copy.verify()).damaged, []);
      await copy.collectGarbage(later);
      assert.equal((await copy.blobDigests()).has(digestOf(layerOf(other))), false);
    });
  }

  test('gives the room of what nothing needs back, and only then reads it', async (t) => {
    const store = await openStore(t);
    const [gone, kept] = [tinyModel([randomBytes(MEGABYTES)]), tinyModel([randomBytes(MEGABYTES)])];
    await addModel(store, 'ai/gone', gone);
    await addModel(store, 'ai/kept', kept);
    await rm(join(store.root, 'refs', 'docker.io_ai_gone_latest.json'));
    const { copy, log } = await copied(t, store, true);
    const report = await copy.collectGarbage(later);
    assert.ok(report.freedBytes >= MEGABYTES);
    const reads = log.lines.filter((line) => line.includes('was read, because'));
    assert.equal(
      reads.some((line) => line.includes(copy.blobPath(digestOf(layerOf(kept))))),
      false,
    );
    assert.equal((await copy.blobDigests()).has(digestOf(layerOf(gone))), false);
  });

  test('is told by content: a file with another inode and the right digest is ours', async (t) => {
    const store = await openStore(t);
    const [model, changed] = [tinyModel(), tinyModel()];
    const [reference, second] = [
      await addModel(store, 'ai/one', model),
      await addModel(store, 'ai/two', changed),
    ];
    const [path, other] = [
      store.blobPath(digestOf(layerOf(model))),
      store.blobPath(digestOf(layerOf(changed))),
    ];
    await renumber(store, [path, other]);
    const theirs = randomBytes(layerOf(changed).length);
    await replace(other, theirs);
    assert.ok((await store.deleteReference(reference)).freedBytes >= layerOf(model).length);
    await store.deleteReference(second);
    await store.collectGarbage(later);
    await assert.rejects(lstat(path));
    assert.deepEqual(await readFile(other), theirs);
  });
});
