/** A folder that cannot become a store is refused at once, with an error that leads to the setting. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ModelStore, StoreFolderError } from '../../../src/store/index.ts';
import { temporaryFolder } from './support.ts';

test('a folder is made with those above it', async (t) => {
  const root = join(await temporaryFolder(t), 'a', 'b', 'c');
  const store = await ModelStore.open(root);
  t.after(() => store.dispose());
  assert.ok(existsSync(join(root, 'store.json')));
});

test('a file, and a folder below a file, are refused', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  await writeFile(file, 'mine');
  for (const root of [file, join(file, 'models')])
    await assert.rejects(ModelStore.open(root), (error) => error instanceof StoreFolderError);
});

test('a place in which nothing can be made is refused', { skip: process.platform !== 'linux' }, async () => {
  // Node's recursive mkdir never ends here.
  await assert.rejects(
    ModelStore.open('/proc/oci-models/store'),
    (error) => error instanceof StoreFolderError,
  );
});
