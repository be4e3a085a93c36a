import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import { until } from '../../support/until.ts';
import { descriptorOf, openStore, unpackLayer, writePartial } from './support.ts';

const HOLDER = fileURLToPath(new URL('holder.ts', import.meta.url));
const busy = (error: unknown): boolean =>
  isModelError(error, 'store-busy') && /Cancel the download/.test(error.message);

describe('partial downloads', () => {
  test('are listed with what is there, the latest first, and removed', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(1000);
    const first = await writePartial(store, bytes, 400, 'docker.io/ai/one:latest');
    await delay(5);
    const second = await writePartial(store, randomBytes(500), 100);
    const [latest, earlier, ...more] = await store.partialDownloads();
    assert.deepEqual(more, []);
    assert.deepEqual([latest?.digest, latest?.doneBytes, latest?.reference], [second, 100, undefined]);
    const { updatedAt = 0, ...rest } = earlier ?? {};
    assert.deepEqual(rest, {
      digest: first,
      size: 1000,
      doneBytes: 400,
      reference: 'docker.io/ai/one:latest',
      isStream: false,
      active: undefined,
    });
    assert.ok(Math.abs(Date.now() - updatedAt) < 60_000);
    assert.deepEqual(
      [await store.partialBytes(first), await store.partialBytes(digestOf(bytes))],
      [400, 400],
    );
    assert.equal(await store.partialBytes(digestOf(Buffer.from('nothing'))), 0);
    assert.equal(await store.removePartial(first), 400);
    assert.equal(await store.removePartial(first), 0);
    assert.deepEqual(
      (await store.partialDownloads()).map(({ digest }) => digest),
      [second],
    );
    await assert.rejects(store.removePartial('../x'), (error: unknown) =>
      isModelError(error, 'reference-invalid'),
    );
  });

  test('that run are told from those that stopped, and are not removed', async (t) => {
    const store = await openStore(t);
    const here = descriptorOf(randomBytes(100));
    const ingest = await store.openIngest(here);
    const there = digestOf(Buffer.alloc(1000, 7));
    const child = spawn(process.execPath, [HOLDER, store.root, there, '1000', '300'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const active = async () =>
      new Map((await store.partialDownloads()).map((partial) => [partial.digest, partial.active]));
    assert.deepEqual(
      await active(),
      new Map([
        [there, 'another'],
        [here.digest, 'this-process'],
      ]),
    );
    await assert.rejects(store.removePartial(here.digest), busy);
    await assert.rejects(store.removePartial(there), busy);
    await ingest.close();
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.deepEqual(await active(), new Map([[there, undefined]]), 'one without a byte is none');
    assert.equal(await store.removePartial(there), 300);
  });

  test('of layers whose files came another way are none, and go', async (t) => {
    const store = await openStore(t);
    const layer = await unpackLayer(store, randomBytes(700));
    const digest = await writePartial(store, layer, 100);
    assert.equal(digest, digestOf(layer));
    assert.deepEqual(await store.partialDownloads(), []);
    assert.equal((await store.collectGarbage()).ingests, 1);
    assert.deepEqual(await readdir(join(store.root, 'ingest')), []);
  });

  test('that are damaged or of other content hide no other', async (t) => {
    const store = await openStore(t);
    const good = await writePartial(store, randomBytes(100), 10);
    const folder = (digest: string) => join(store.root, 'ingest', digest.replace(':', '-'));
    const broken = digestOf(Buffer.from('broken'));
    await mkdir(folder(broken));
    await writeFile(join(folder(broken), 'state.json'), '{"version":1,"dig');
    const copied = digestOf(Buffer.from('copied'));
    await mkdir(folder(copied));
    await copyFile(join(folder(good), 'state.json'), join(folder(copied), 'state.json'));
    const partials = new Map(
      (await store.partialDownloads()).map(({ digest, doneBytes }) => [digest, doneBytes]),
    );
    assert.equal(partials.get(good), 10);
    assert.equal(partials.has(broken), false);
    assert.equal(partials.has(copied), false);
    await store.removePartial(broken);
    assert.ok(!(await readdir(join(store.root, 'ingest'))).includes(broken.replace(':', '-')));
  });

  test('are told of when they come and go', async (t) => {
    const store = await openStore(t);
    let calls = 0;
    store.onDidChangeDownloads(() => calls++);
    const heard = async (count: number): Promise<void> => {
      await until(() => calls >= count);
    };
    const digest = await writePartial(store, randomBytes(100), 10);
    await heard(1);
    await delay(80);
    const before = calls;
    await store.removePartial(digest);
    await heard(before + 1);
  });

  test('are told of in other windows once they can be listed, and again when they are resumed', async (t) => {
    const store = await openStore(t);
    const other = await ModelStore.open(store.root);
    t.after(() => other.dispose());
    const lists: (string | undefined)[] = [];
    other.onDidChangeDownloads(() => {
      void other.partialDownloads().then(([partial]) => lists.push(partial?.active));
    });
    const bytes = randomBytes(100);
    const descriptor = descriptorOf(bytes);
    for (let time = 1; time <= 2; time++) {
      const ingest = await store.openIngest(descriptor);
      // No event follows the last one, so this is what stays on the screen.
      await until(() => lists.at(-1) !== undefined);
      ingest.write(bytes.subarray(0, 10), 0);
      await ingest.close();
      await until(async () => (await other.partialDownloads())[0]?.active === undefined);
      await delay(120);
      lists.length = 0;
    }
  });
});
