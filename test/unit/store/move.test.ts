import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { formatReference, parseReference } from '../../../src/oci/spec/reference.ts';
import { ModelStore, moveModels, pendingMove } from '../../../src/store/index.ts';
import { addModel, descriptorOf, filesIn, type TinyModel, temporaryFolder, tinyModel } from './support.ts';

const CHILD = fileURLToPath(new URL('moveChild.ts', import.meta.url));
const SHARED = Buffer.alloc(2000, 7);

async function twoStores(t: TestContext): Promise<{ from: ModelStore; to: ModelStore }> {
  const folder = await temporaryFolder(t);
  const now = (): number => 1_790_000_000_000;
  const from = await ModelStore.open(join(folder, 'old'), { now });
  const to = await ModelStore.open(join(folder, 'new'));
  t.after(() => from.dispose());
  t.after(() => to.dispose());
  return { from, to };
}

async function addThree(store: ModelStore): Promise<Map<string, TinyModel>> {
  const models = new Map<string, TinyModel>();
  for (const name of ['ai/one', 'ai/two', 'ai/three']) {
    const model = tinyModel([Buffer.alloc(3000, name), SHARED]);
    await addModel(store, name, model);
    models.set(name, model);
  }
  return models;
}

async function names(store: ModelStore): Promise<string[]> {
  return (await store.references()).map(({ reference }) => formatReference(reference));
}

async function assertWhole(store: ModelStore, models: ReadonlyMap<string, TinyModel>): Promise<void> {
  const report = await store.verify();
  assert.deepEqual([report.damaged, report.repairedFiles], [[], 0]);
  for (const [name, model] of models) {
    const reference = parseReference(name);
    const path = store.modelFilePath(reference, 'model-00001-of-00002.gguf');
    assert.deepEqual(await readFile(path), model.layers[0]);
    await store.checkFiles(reference);
  }
}

describe('models move from one store to another', () => {
  test('with all that they have, and without a second copy on one disk', async (t) => {
    const { from, to } = await twoStores(t);
    const models = await addThree(from);
    const inode = (await stat(from.blobPath(digestOf(SHARED)))).ino;
    const progress: number[] = [];
    const report = await moveModels(from, to, { onProgress: (done, total) => progress.push(done / total) });
    assert.deepEqual(report, { moved: 3, kept: [] });
    assert.equal(progress.at(-1), 1);
    await assertWhole(to, models);
    assert.equal((await stat(to.blobPath(digestOf(SHARED)))).ino, inode);
    assert.equal((await to.getReference(parseReference('ai/one')))?.pulledAt, 1_790_000_000_000);
    assert.deepEqual(await names(from), []);
    assert.deepEqual(await from.blobDigests(), new Set());
    assert.equal(await pendingMove(to), undefined);
    assert.deepEqual(
      (await filesIn(to.root)).filter((name) => name.includes('mov')),
      [],
    );
  });

  test('to another disk', async (t) => {
    const { from, to } = await twoStores(t);
    const models = await addThree(from);
    // The same as on another disk: neither links nor clones.
    const copying = new Proxy(to, {
      get(target, key) {
        if (key === 'adoptBlob') {
          return (...[descriptor, path, options]: Parameters<ModelStore['adoptBlob']>) =>
            target.adoptBlob(descriptor, path, { ...options, ways: ['copy'] });
        }
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    assert.equal((await moveModels(from, copying)).moved, 3);
    await assertWhole(to, models);
    assert.deepEqual(await names(from), []);
  });

  test('and go on after a kill at any step', { timeout: 300_000 }, async (t) => {
    let steps = 1;
    for (let at = 0; at < steps; at += 3) {
      const { from, to } = await twoStores(t);
      const models = await addThree(from);
      const run = promisify(execFile)(process.execPath, [CHILD, from.root, to.root, String(at)]);
      await assert.rejects(run, (error: { signal?: string }) => error.signal === 'SIGKILL');
      assert.equal(await pendingMove(to), from.root, `killed at step ${at}`);
      // Every model is whole in one of both.
      const [before, after] = [await names(from), await names(to)];
      assert.equal(new Set([...before, ...after]).size, 3);
      for (const store of [from, to]) assert.deepEqual((await store.verify()).damaged, []);
      const report = await moveModels(await ModelStore.open(from.root), await ModelStore.open(to.root));
      assert.deepEqual(report.kept, []);
      await assertWhole(to, models);
      assert.deepEqual(await names(from), []);
      assert.equal(await pendingMove(to), undefined);
      if (at === 0) {
        const whole = await twoStores(t);
        await addThree(whole.from);
        const args = [CHILD, whole.from.root, whole.to.root, '-1'];
        const { stdout } = await promisify(execFile)(process.execPath, args);
        steps = JSON.parse(stdout).seen;
        assert.ok(steps > 20);
      }
    }
  });

  test('but not what is damaged, which stays', async (t) => {
    const { from, to } = await twoStores(t);
    await addThree(from);
    const bad = tinyModel([Buffer.alloc(500, 'bad')]);
    await addModel(from, 'ai/bad', bad);
    const path = from.blobPath(digestOf(Buffer.alloc(500, 'bad')));
    await chmod(path, 0o644);
    await writeFile(path, Buffer.alloc(500, 'x'));
    const { moved, kept } = await moveModels(from, to);
    assert.equal(moved, 3);
    assert.deepEqual(
      kept.map(({ reference }) => formatReference(reference)),
      ['docker.io/ai/bad:latest'],
    );
    assert.deepEqual(await names(from), ['docker.io/ai/bad:latest']);
    assert.equal((await readFile(path)).toString(), 'x'.repeat(500));
  });

  test('and leave what a download of another window needs', async (t) => {
    const { from, to } = await twoStores(t);
    const models = await addThree(from);
    const lease = await from.lease([digestOf(SHARED)]);
    await moveModels(from, to);
    assert.equal(await from.hasBlob(descriptorOf(SHARED)), true);
    await lease.release();
    await assertWhole(to, models);
  });

  test('one window at a time, and can be cancelled', async (t) => {
    const { from, to } = await twoStores(t);
    const models = await addThree(from);
    const controller = new AbortController();
    const other = await ModelStore.open(to.root);
    const isBusy = (error: unknown): boolean => isModelError(error, 'store-busy');
    let second: Promise<void> | undefined;
    const first = moveModels(from, to, {
      signal: controller.signal,
      onProgress: () => {
        second ??= assert.rejects(moveModels(from, other), isBusy).then(() => controller.abort());
      },
    });
    const outcome = await first.then(
      () => undefined,
      (error: unknown) => error,
    );
    await second;
    assert.ok(outcome === undefined || isModelError(outcome, 'cancelled'), String(outcome));
    await moveModels(from, to);
    await assertWhole(to, models);
    assert.deepEqual(await readdir(join(to.root, 'ingest')), []);
  });

  test('not into themselves', async (t) => {
    const { from } = await twoStores(t);
    const inside = await ModelStore.open(join(from.root, 'models', 'inner'));
    t.after(() => inside.dispose());
    for (const [a, b] of [
      [from, inside],
      [inside, from],
      [from, from],
    ] as const)
      await assert.rejects(moveModels(a, b), (error: unknown) => isModelError(error, 'store-error'));
  });

  test('not into the same store by another name, which ends a move that was pending', async (t) => {
    const { from, to } = await twoStores(t);
    const models = await addThree(from);
    const folder = await temporaryFolder(t);
    await symlink(from.root, join(folder, 'link'));
    await mkdir(join(folder, 'above'));
    await symlink(join(from.root, '..'), join(folder, 'above', 'linked'));
    const aliases = [join(folder, 'link'), join(folder, 'above', 'linked', 'old')];
    if (process.platform === 'linux') aliases.push(`/proc/self/root${from.root}`);
    for (const path of aliases) {
      const alias = await ModelStore.open(path);
      t.after(() => alias.dispose());
      await writeFile(join(from.root, 'moving.json'), JSON.stringify({ version: 1, from: path }));
      for (const [a, b] of [
        [from, alias],
        [alias, from],
      ] as const) {
        await assert.rejects(moveModels(a, b), /are the same folder/);
        assert.equal(await pendingMove(from), undefined);
      }
      await assertWhole(from, models);
    }
    // A move from elsewhere is none of its business.
    await writeFile(join(from.root, 'moving.json'), JSON.stringify({ version: 1, from: to.root }));
    await assert.rejects(moveModels(from, from), /are the same folder/);
    assert.equal(await pendingMove(from), to.root);
  });

  test('not into themselves through a link', async (t) => {
    const { from } = await twoStores(t);
    const models = await addThree(from);
    const link = join(await temporaryFolder(t), 'link');
    await symlink(from.root, link);
    const inside = await ModelStore.open(join(link, 'models', 'inner'));
    t.after(() => inside.dispose());
    await assert.rejects(moveModels(from, inside), /one of these folders is inside the other/);
    await assert.rejects(moveModels(inside, from), /one of these folders is inside the other/);
    await assertWhole(from, models);
  });

  test('which became one folder while they were moved, and nothing goes', async (t) => {
    const { from, to } = await twoStores(t);
    const models = await addThree(from);
    const old = `${from.root}.before`;
    let isSwapped = false;
    const swapping = new Proxy(to, {
      get(target, key) {
        if (key === 'commitModel') {
          return async (...args: Parameters<ModelStore['commitModel']>) => {
            await target.commitModel(...args);
            if (isSwapped) return;
            isSwapped = true;
            await rename(from.root, old);
            await symlink(to.root, from.root);
          };
        }
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await assert.rejects(moveModels(from, swapping), (error: unknown) => isModelError(error, 'store-busy'));
    assert.equal((await names(to)).length, 1);
    assert.equal((await to.verify()).damaged.length, 0);
    await assertWhole(await ModelStore.open(old), models);
  });

  test('one way at a time, and one move of a store', async (t) => {
    const { from, to } = await twoStores(t);
    const models = await addThree(from);
    await addModel(to, 'ai/four', tinyModel());
    const third = await ModelStore.open(join(await temporaryFolder(t), 'third'));
    t.after(() => third.dispose());
    const isBusy = (error: unknown): boolean => isModelError(error, 'store-busy');
    let others: Promise<void> | undefined;
    const waiting = new Proxy(from, {
      get(target, key) {
        if (key === 'deleteReference') {
          return async (...args: Parameters<ModelStore['deleteReference']>) => {
            others ??= (async () => {
              await assert.rejects(moveModels(to, from), isBusy);
              await assert.rejects(moveModels(from, third), isBusy);
              await assert.rejects(moveModels(third, from), isBusy);
            })();
            await others;
            return target.deleteReference(...args);
          };
        }
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    assert.deepEqual(await moveModels(waiting, to), { moved: 3, kept: [] });
    assert.ok(others !== undefined);
    await assertWhole(to, models);
    assert.equal((await names(to)).length, 4);
    for (const root of [from.root, to.root, third.root])
      assert.ok(!(await readdir(root)).includes('move.lock'));
  });

  test('and a model that went from the new store meanwhile stays in the old one', async (t) => {
    const { from, to } = await twoStores(t);
    const models = await addThree(from);
    const one = parseReference('ai/one');
    const losing = new Proxy(from, {
      get(target, key) {
        if (key === 'deleteReference') {
          return async (...[reference, options]: Parameters<ModelStore['deleteReference']>) => {
            if (formatReference(reference) === formatReference(one)) await to.deleteReference(reference);
            return target.deleteReference(reference, options);
          };
        }
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const { moved, kept } = await moveModels(losing, to);
    assert.equal(moved, 2);
    assert.match(kept[0]?.reason ?? '', /^one:latest is not complete in /);
    assert.deepEqual(await names(from), ['docker.io/ai/one:latest']);
    await moveModels(from, to);
    await assertWhole(to, models);
  });

  test('but not over another version of the same tag, older or newer: both stay', async (t) => {
    const folder = await temporaryFolder(t);
    const stores: ModelStore[] = [];
    for (const time of [2, 1, 3]) {
      const now = (): number => 1_790_000_000_000 + time;
      const store = await ModelStore.open(join(folder, String(time)), { now });
      t.after(() => store.dispose());
      stores.push(store);
    }
    const [to, older, newer] = stores;
    assert.ok(to !== undefined && older !== undefined && newer !== undefined);
    const model = tinyModel();
    await addModel(to, 'ai/one', model);
    for (const from of [older, newer]) {
      const other = tinyModel();
      await addModel(from, 'ai/one', other);
      const { moved, kept } = await moveModels(from, to);
      assert.equal(moved, 0);
      assert.match(kept[0]?.reason ?? '', /^one:latest was not moved, because .* has another version of it/);
      assert.equal(await pendingMove(to), undefined);
      await assertOne(from, other);
      await assertOne(to, model);
    }
  });

  test('and do not go on by themselves after they were cancelled', async (t) => {
    const { from, to } = await twoStores(t);
    const models = await addThree(from);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    const move = moveModels(from, to, { signal: controller.signal, onProgress });
    await assert.rejects(move, (error: unknown) => isModelError(error, 'cancelled'));
    assert.equal(await pendingMove(to), undefined);
    assert.equal(new Set([...(await names(from)), ...(await names(to))]).size, 3);
    await moveModels(from, to);
    await assertWhole(to, models);
  });
});

async function assertOne(store: ModelStore, model: TinyModel): Promise<void> {
  assert.deepEqual((await store.verify()).damaged, []);
  const path = store.modelFilePath(parseReference('ai/one'), 'model.gguf');
  assert.deepEqual(await readFile(path), model.layers[0]);
}
