import assert from 'node:assert/strict';
import { chmod, copyFile, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { formatReference, parseReference } from '../../../src/oci/spec/reference.ts';
import { hashFile, ModelStore, type VerifyProgress } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import { addModel, descriptorOf, openStore, recordingLog, type TinyModel, tinyModel } from './support.ts';

/** Changes one byte in place, as a failing disk or a careless tool does. */
async function damage(store: ModelStore, digest: string, position = 10): Promise<void> {
  const path = store.blobPath(digest);
  await chmod(path, 0o644);
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, position);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, position);
  await file.close();
}

const layerOf = ({ layers }: TinyModel, index = 0): Buffer => layers[index] ?? Buffer.alloc(0);

describe('verification', () => {
  test('reads everything once and finds whole models whole', async (t) => {
    const store = await openStore(t);
    const shared = randomBytes(5_000_000);
    const config = Buffer.from('{"same":true}');
    const [one, two] = [tinyModel([shared], config), tinyModel([shared, randomBytes(3000)], config)];
    await addModel(store, 'ai/one', one);
    await addModel(store, 'ai/two', two);
    const progress: VerifyProgress[] = [];
    const report = await store.verify(undefined, { onProgress: (state) => progress.push(state) });
    const bytes = 5_003_000 + config.length + one.manifest.length + two.manifest.length;
    assert.deepEqual(report, { models: 2, checkedBytes: bytes, damaged: [], repairedFiles: 0 });
    assert.deepEqual(progress.at(-1), { doneBytes: bytes, totalBytes: bytes });
    const done = progress.map(({ doneBytes }) => doneBytes);
    assert.deepEqual(
      done,
      [...done].sort((a, b) => a - b),
    );
  });

  test('sets damaged content aside, and the next pull makes every model whole that needs it', async (t) => {
    const log = recordingLog();
    const store = await openStore(t, log);
    const shared = randomBytes(10_000);
    const [one, two, good] = [tinyModel([shared]), tinyModel([randomBytes(50), shared]), tinyModel()];
    const first = await addModel(store, 'ai/one', one);
    const second = await addModel(store, 'ai/two', two);
    const third = await addModel(store, 'ai/good', good);
    const digest = digestOf(shared);
    await damage(store, digest);
    const damaged = await readFile(store.blobPath(digest));
    assert.deepEqual((await store.verify(third)).damaged, []);
    const report = await store.verify();
    assert.deepEqual(
      report.damaged.map(({ reference }) => formatReference(reference)),
      ['docker.io/ai/one:latest', 'docker.io/ai/two:latest'],
    );
    assert.match(report.damaged[0]?.problems[0] ?? '', /damaged on this disk.*Pull the model again/);
    assert.ok(log.lines.some((line) => line.includes('quarantine')));
    const aside = join(store.root, 'quarantine', digest.replace(':', '-'));
    assert.deepEqual(await readFile(aside), damaged, 'nothing is thrown away');
    assert.equal(await store.hasBlob(descriptorOf(shared)), false);
    assert.deepEqual([await store.hasModelFiles(first), await store.hasModelFiles(second)], [false, false]);
    await assert.rejects(stat(store.modelFilePath(first, 'model.gguf')));
    // What is gone is still found the next time.
    assert.match((await store.verify(first)).damaged[0]?.problems[0] ?? '', /missing/);
    await store.collectGarbage({ graceMs: -1000 });
    assert.ok((await stat(aside)).isFile(), 'while a model needs it');

    await addModel(store, 'ai/one', one);
    assert.deepEqual(await readFile(store.modelFilePath(first, 'model.gguf')), shared);
    assert.deepEqual(await readFile(store.modelFilePath(second, 'model-00002-of-00002.gguf')), shared);
    assert.deepEqual([await store.hasModelFiles(first), await store.hasModelFiles(second)], [true, true]);
    assert.deepEqual(await readdir(join(store.root, 'quarantine')), []);
    assert.deepEqual((await store.verify()).damaged, []);
  });

  test('sees a size that changed, content that is gone, and damaged manifests', async (t) => {
    const store = await openStore(t);
    const [short, gone, manifest] = [tinyModel(), tinyModel(), tinyModel()];
    await addModel(store, 'ai/a-short', short);
    await addModel(store, 'ai/b-gone', gone);
    await addModel(store, 'ai/c-manifest', manifest);
    await chmod(store.blobPath(digestOf(layerOf(short))), 0o644);
    await writeFile(store.blobPath(digestOf(layerOf(short))), 'short');
    await store.removeBlob(digestOf(layerOf(gone)));
    await damage(store, manifest.manifestDescriptor.digest);
    const { damaged } = await store.verify();
    assert.equal(damaged.length, 3);
    for (const { problems } of damaged) assert.equal(problems.length, 1);
    assert.match(damaged[1]?.problems[0] ?? '', /is missing/);
    await addModel(store, 'ai/c-manifest', manifest);
    assert.deepEqual((await store.verify(parseReference('ai/c-manifest'))).damaged, []);
  });

  test('says nothing of models that others delete or pull again meanwhile', async (t) => {
    const first = await openStore(t);
    const [deleted, again, gone] = [tinyModel(), tinyModel(), tinyModel()];
    const reference = await addModel(first, 'ai/deleted', deleted);
    await addModel(first, 'ai/again', again);
    await addModel(first, 'ai/gone', gone);
    await first.removeBlob(digestOf(layerOf(again)));
    await first.removeBlob(digestOf(layerOf(gone)));
    let deletion: Promise<unknown> | undefined;
    /** Three manifests, their config, three layers. */
    const contents = 7;
    let count = 0;
    const store = await ModelStore.open(first.root, {
      hashFile: async (path, like, options) => {
        // The deletion comes first, the pull when all content was looked at.
        deletion ??= first.deleteReference(reference);
        await deletion;
        const hashed = await hashFile(path, like, options);
        if (++count === contents) await addModel(first, 'ai/again', again);
        return hashed;
      },
    });
    t.after(() => store.dispose());
    const { damaged, models } = await store.verify();
    assert.equal(models, 3);
    assert.ok(count >= contents);
    assert.deepEqual(
      damaged.map((model) => formatReference(model.reference)),
      ['docker.io/ai/gone:latest'],
    );
  });

  test('makes names in models/ again that were changed, and keeps good copies', async (t) => {
    const store = await openStore(t);
    const [lost, copied, changed] = [tinyModel(), tinyModel(), tinyModel()];
    const paths: string[] = [];
    for (const [name, model] of [
      ['lost', lost],
      ['copied', copied],
      ['changed', changed],
    ] as const) {
      paths.push(store.modelFilePath(await addModel(store, `ai/${name}`, model), 'model.gguf'));
    }
    const [lostPath = '', copiedPath = '', changedPath = ''] = paths;
    await rm(lostPath);
    await rm(copiedPath);
    await copyFile(store.blobPath(digestOf(layerOf(copied))), copiedPath);
    await rm(changedPath);
    await writeFile(changedPath, 'something else');
    const report = await store.verify();
    assert.equal(report.repairedFiles, 1);
    assert.deepEqual(await readFile(lostPath), layerOf(lost));
    // It is not ours, so it is told of and left alone.
    assert.equal(await readFile(changedPath, 'utf8'), 'something else');
    const [damaged] = report.damaged;
    assert.equal(report.damaged.length, 1);
    assert.equal(formatReference(damaged?.reference ?? parseReference('x')), 'docker.io/ai/changed:latest');
    assert.match(damaged?.problems[0] ?? '', /did not make it\. Move it away/);
    await rm(changedPath);
    assert.deepEqual((await store.verify()).damaged, []);
    assert.deepEqual(await readFile(changedPath), layerOf(changed));
    assert.equal((await stat(copiedPath)).nlink, 1);
  });

  test('goes with the model: what is deleted leaves nothing in quarantine', async (t) => {
    const store = await openStore(t);
    const model = tinyModel([randomBytes(9000)]);
    const reference = await addModel(store, 'ai/one', model);
    await damage(store, digestOf(layerOf(model)));
    await store.verify();
    const freedBytes = 9000 + model.config.length + model.manifest.length;
    assert.deepEqual(await store.deleteReference(reference), { freedBytes });
    assert.deepEqual(await readdir(join(store.root, 'quarantine')), []);
  });

  test('can be cancelled at any byte, and names a model that is not there', async (t) => {
    const store = await openStore(t);
    await addModel(store, 'ai/one', tinyModel([randomBytes(6_000_000)]));
    const controller = new AbortController();
    const cancelled = store.verify(undefined, {
      signal: controller.signal,
      onProgress: ({ doneBytes }) => void (doneBytes > 2_000_000 && controller.abort()),
    });
    await assert.rejects(cancelled, (error: unknown) => isModelError(error, 'cancelled'));
    await assert.rejects(store.verify(parseReference('ai/two')), (error: unknown) =>
      isModelError(error, 'not-found'),
    );
  });
});
