import assert from 'node:assert/strict';
import { chmod, readFile, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import { randomBytes } from '../../support/random.ts';
import { addModel, fileNames, openStore, tinyModel } from './support.ts';

describe('the names of a model’s files', () => {
  test('are there, and are put back when somebody removed or cut them', async (t) => {
    const store = await openStore(t);
    const model = tinyModel([randomBytes(5000), randomBytes(6000)]);
    const reference = await addModel(store, 'gemma3', model);
    const [first, second] = fileNames(model);
    const files = await store.restoreFiles(reference);
    assert.deepEqual(
      files.map(({ name, sizeBytes }) => [name, sizeBytes]),
      [
        [first?.name, 5000],
        [second?.name, 6000],
      ],
    );
    const [a, b] = files.map(({ path }) => path) as [string, string];
    const inode = (await stat(a)).ino;
    await rm(dirname(a), { recursive: true });
    assert.deepEqual(await store.restoreFiles(reference), files);
    assert.equal((await stat(a)).ino, inode, 'a link, not a copy');
    assert.deepEqual(await readFile(b), model.layers[1]);
    // Cutting the file cuts the blob as well, which is one file: then there is nothing to put back.
    await rm(b);
    await store.restoreFiles(reference);
    await chmod(b, 0o644);
    await truncate(b, 10);
    assert.equal((await store.restoreFiles(reference))[1]?.sizeBytes, 10);
  });

  test('are an error where the content is gone', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    const reference = await addModel(store, 'gemma3', model);
    const notFound = (error: unknown) => isModelError(error, 'not-found');
    await store.removeBlob(fileNames(model)[0]?.digest ?? '');
    await assert.rejects(store.restoreFiles(reference), notFound);
    await assert.rejects(store.restoreFiles(parseReference('other')), notFound);
    assert.equal((await stat(join(store.root, 'models'))).isDirectory(), true);
  });
});
