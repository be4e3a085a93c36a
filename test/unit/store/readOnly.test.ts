import assert from 'node:assert/strict';
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { listModels } from '../../../src/library/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { addModel, openStore, recordingLog, tinyModel } from './support.ts';

const NOBODY = 65_534;

/** Runs `work` without the right to write below `root`, also where this process is root's. */
async function withoutWriting(root: string, work: () => Promise<void>): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
  folders.push(root);
  for (const folder of folders) await chmod(folder, 0o555);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
    for (const folder of folders) await chmod(folder, 0o755);
  }
}

describe('a store that may only be read', { skip: process.platform === 'win32' && 'no such rights' }, () => {
  test('opens and is listed; what changes it says what to do', async (t) => {
    const log = recordingLog();
    const store = await openStore(t, log);
    const model = tinyModel();
    for (let index = 0; index < 40; index++) await addModel(store, `ai/m${index}`, model);
    await rm(join(store.root, 'cache'), { recursive: true, force: true });
    await withoutWriting(store.root, async () => {
      const next = await ModelStore.open(store.root, { log });
      assert.equal((await next.references()).length, 40);
      assert.equal((await listModels(next)).length, 40);
      const [first] = await next.references();
      assert.ok(first);
      assert.equal((await next.verify(first.reference)).damaged.length, 0);
      const writeError = (error: unknown): boolean =>
        isModelError(error, 'store-error') &&
        error.message.includes('Check that you have permission to write there');
      await assert.rejects(next.deleteReference(first.reference), writeError);
      await assert.rejects(next.collectGarbage(), writeError);
      await assert.rejects(next.lease([]), writeError);
    });
  });

  test('opens though its index.json is old', async (t) => {
    const log = recordingLog();
    const store = await openStore(t, log);
    await addModel(store, 'ai/one', tinyModel());
    await writeFile(join(store.root, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
    await withoutWriting(store.root, async () => {
      const next = await ModelStore.open(store.root, { log });
      assert.equal((await next.references()).length, 1);
    });
    assert.ok(log.lines.some((line) => line.includes('list of models for other tools is old')));
  });
});
