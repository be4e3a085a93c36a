/** Something of a person or another program under the names of the store's own small files stays; damage heals. */
import assert from 'node:assert/strict';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { z } from 'zod';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import { FileLock } from '../../../src/store/disk/lock.ts';
import { findSmall, jsonFile } from '../../../src/store/disk/smallFile.ts';
import { ModelStore, moveModels } from '../../../src/store/index.ts';
import { addModel, descriptorOf, recordingLog, temporaryFolder, tinyModel, unpackLayer } from './support.ts';

const noSymlinks = process.platform === 'win32' && 'links need a permission on Windows';
const DAY_MS = 24 * 60 * 60 * 1000;
const later = { now: Date.now() + 30 * DAY_MS, graceMs: -60_000 };

const CONFIG = Buffer.from('{"small":1}');
const [ONE, TWO, BAD] = [1, 2, 3].map((seed) => tinyModel([Buffer.alloc(3000, seed)], CONFIG));
const DOWNLOADED = Buffer.alloc(4000, 4);
const BODY = Buffer.alloc(2000, 5);
const LAYER = Buffer.concat([Buffer.alloc(512, 'header'), BODY]);
const LEASE = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';

const nameOf = (bytes: Uint8Array): string => digestOf(bytes).replace(':', '-');
const layerOf = (model: typeof ONE): Buffer => model?.layers[0] ?? Buffer.alloc(0);

interface Place {
  readonly path: string;
  /** How a file of ours begins, as a power failure cuts it off. */
  readonly torn: string;
  /** Content that looks somewhat like ours. */
  readonly similar: string;
  /** Tells whether everything works without the name; else what needs it fails, and says so. */
  readonly isSpare?: boolean;
}

const PLACES: readonly Place[] = [
  { path: 'housekeeping.json', torn: '{"collectedAt":"20', similar: '{"chores":["dust"]}', isSpare: true },
  {
    path: 'index.json',
    torn: '{"schemaVersion":2,"mediaTy',
    similar: '{"schemaVersion":2,"config":{}}',
    isSpare: true,
  },
  { path: 'oci-layout', torn: '{"imageLayoutV', similar: '{"layout":"a4"}', isSpare: true },
  {
    path: 'cache/references.ndjson',
    torn: '0123abcd {"cache":"refer',
    similar: '{"cache":1}',
    isSpare: true,
  },
  { path: 'moving.json', torn: '{"version":1,"from":"/ho', similar: '{"version":1,"van":"blue"}' },
  { path: 'store.lock', torn: '', similar: '{"id":"x"}' },
  { path: 'move.lock', torn: '', similar: '{"id":"x"}' },
  { path: 'refs/docker.io_ai_two_latest.json', torn: '{\n  "reference": {\n    "regi', similar: '{"a":1}' },
  { path: `records/blobs/${nameOf(layerOf(TWO))}.json`, torn: '{"size":"30', similar: '{"sizes":[]}' },
  { path: 'records/names/docker.io_ai_two_latest.json', torn: '{"files":[{"na', similar: '{"file":1}' },
  { path: `records/quarantine/${nameOf(layerOf(BAD))}.json`, torn: '{"size":"3', similar: '{"size":1}' },
  { path: `leases/${LEASE}.json`, torn: '{"digests":["sha', similar: '{"rooms":[1]}', isSpare: true },
  { path: `leases/${LEASE}.lock`, torn: '', similar: '{"key":1}', isSpare: true },
  { path: `ingest/${nameOf(DOWNLOADED)}/state.json`, torn: '{"version":1,"dig', similar: '{"version":9}' },
  { path: `ingest/${nameOf(DOWNLOADED)}/state.json.new`, torn: '{"version":1,"dig', similar: '[]' },
  { path: `ingest/${nameOf(DOWNLOADED)}/progress.json`, torn: '{"bootedAt":17', similar: '{"boots":2}' },
  { path: `ingest/${nameOf(DOWNLOADED)}/lock`, torn: '', similar: '{"key":1}' },
  { path: `ingest/${nameOf(LAYER)}/bodies.json`, torn: '{"digest":"sha', similar: '{"bodies":3}' },
  { path: `unpacked/${nameOf(LAYER)}.json`, torn: '{"digest":"sha256:', similar: '{"digests":[]}' },
];

const shortOf = ({ path }: Place): string => path.replace(/[0-9a-f]{60,}/, '…');

/** What lies at a name: itself, and what it leads to. */
async function contentAt(path: string): Promise<string> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) return `link to ${await readlink(path)}: ${await readFile(path, 'utf8')}`;
  return status.isDirectory() ? `folder of ${await readdir(path)}` : readFile(path, 'utf8');
}

/** Everything that writes or removes small files, by name. */
function operations(store: ModelStore, other: ModelStore): Record<string, () => Promise<unknown>> {
  return {
    download: async () => {
      const ingest = await store.openIngest(descriptorOf(DOWNLOADED));
      try {
        if (!ingest.stored) ingest.write(DOWNLOADED, 0);
        await ingest.commit();
      } finally {
        await ingest.close();
      }
    },
    'download a layer': () => unpackLayer(store, BODY),
    pull: () => addModel(store, 'ai/two', TWO ?? tinyModel()),
    lease: async () => {
      const lease = await store.lease([digestOf(DOWNLOADED)]);
      await lease.add([digestOf(BODY)]);
      await lease.release();
    },
    verify: async () => {
      const blob = store.blobPath(digestOf(layerOf(BAD)));
      await chmod(blob, 0o644);
      await writeFile(blob, 'damaged');
      return store.verify();
    },
    'remove a download': () => store.removePartial(digestOf(DOWNLOADED)),
    'collect daily': () => store.collectGarbageDaily(),
    delete: () => store.deleteReference(parseReference('ai/one')),
    collect: () => store.collectGarbage(later),
    'move out': () => moveModels(store, other),
    'move in': () => moveModels(other, store),
    reopen: async () => (await ModelStore.open(store.root)).dispose(),
  };
}

async function twoStores(t: TestContext): Promise<{ root: string; otherRoot: string }> {
  const folder = await temporaryFolder(t);
  const [root, otherRoot] = [join(folder, 'store'), join(folder, 'other')];
  const store = await ModelStore.open(root);
  await addModel(store, 'ai/one', ONE ?? tinyModel());
  await addModel(store, 'ai/bad', BAD ?? tinyModel());
  const other = await ModelStore.open(otherRoot);
  await addModel(other, 'ai/there', tinyModel([Buffer.alloc(100, 9)]));
  for (const each of [store, other]) each.dispose();
  return { root, otherRoot };
}

/** Does everything. @returns the errors by the operation's name; `open` is one of them. */
async function doEverything(
  t: TestContext,
  { root, otherRoot }: { root: string; otherRoot: string },
): Promise<{ errors: Record<string, unknown>; lines: string[] }> {
  const errors: Record<string, unknown> = {};
  const log = recordingLog();
  const other = await ModelStore.open(otherRoot);
  t.after(() => other.dispose());
  const attempt = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      errors[name] = error;
    }
  };
  await attempt('open', async () => {
    const store = await ModelStore.open(root, { log });
    t.after(() => store.dispose());
    for (const [name, work] of Object.entries(operations(store, other))) await attempt(name, work);
  });
  return { errors, lines: log.lines };
}

const THINGS: Record<string, (path: string, victim: string, place: Place) => Promise<void>> = {
  'a file': (path, _victim, { similar }) => writeFile(path, similar),
  'a folder': async (path) => {
    await mkdir(path);
    await writeFile(join(path, 'thesis.txt'), 'precious');
  },
  'a link': async (path, victim) => {
    await writeFile(victim, 'precious');
    await symlink(victim, path);
  },
};

describe('a name of the store’s own small files', { concurrency: 4 }, () => {
  for (const place of PLACES) {
    for (const [thing, put] of Object.entries(THINGS)) {
      test(`keeps ${thing} of somebody else: ${shortOf(place)}`, {
        skip: thing === 'a link' && noSymlinks,
      }, async (t) => {
        const stores = await twoStores(t);
        const path = join(stores.root, place.path);
        await mkdir(dirname(path), { recursive: true });
        await rm(path, { force: true });
        await put(path, join(await temporaryFolder(t), 'mine.txt'), place);
        // As old as anything that may be stale.
        if (thing !== 'a link') await utimes(path, 1, 1);
        const before = await contentAt(path);
        const { errors, lines } = await doEverything(t, stores);
        assert.equal(await contentAt(path), before);
        const own = Object.values(errors).filter((error) => String(error).includes(place.path));
        for (const [name, error] of Object.entries(errors)) {
          assert.ok(isModelError(error, 'store-error'), `${name}: ${error}`);
          assert.match(
            error.message,
            /OCI Models did not make, so it is left alone\. Move it away, then try again\.$/,
          );
          assert.ok(error.message.startsWith(path), `${name}: ${error.message}`);
        }
        if (place.isSpare === true) assert.deepEqual(errors, {}, 'nothing needs this name');
        else assert.ok(own.length > 0, 'who needs the name says so');
        if (place.isSpare === true && !place.path.startsWith('leases'))
          assert.equal(lines.filter((line) => line.includes(path)).length, 1, 'once in the log');
      });
    }

    // Locks heal too, after the time for which they are looked at: see below.
    if (place.path.endsWith('lock')) continue;
    test(`is taken again if its file was damaged: ${shortOf(place)}`, async (t) => {
      const stores = await twoStores(t);
      const path = join(stores.root, place.path);
      await mkdir(dirname(path), { recursive: true });
      // Which is there before the list of bodies is.
      if (place.path.endsWith('bodies.json')) await writeFile(join(dirname(path), 'progress.json'), '');
      const text = `${place.torn}${'\0'.repeat(100)}`;
      await writeFile(path, text);
      const { errors } = await doEverything(t, stores);
      assert.deepEqual(errors, {});
      const now = await readFile(path, 'utf8').catch(() => undefined);
      if (!place.path.startsWith('leases')) assert.notEqual(now, text);
    });
  }

  test('tells damage from what others wrote', async (t) => {
    const path = join(await temporaryFolder(t), 'file');
    const kind = jsonFile(z.object({ colour: z.string() }), ['{"colour":"', '{"color":"'], 1000);
    const expected: Record<string, string> = {
      '{"colour":"red"}': 'ours',
      '{"colour":"red","more":1}': 'ours',
      '': 'damaged',
      '{': 'damaged',
      '{"colo': 'damaged',
      '{"color":"re': 'damaged',
      '{"colour":"re\0\0\0': 'damaged',
      '\0\0\0\0': 'damaged',
      [`{"colour":"${'r'.repeat(2000)}`]: 'damaged',
      '{"colour":7}': 'foreign',
      '{"shape":"round"}': 'foreign',
      ' {"colour":"re': 'foreign',
      ['r'.repeat(2000)]: 'foreign',
      '\0precious': 'foreign',
    };
    for (const [text, state] of Object.entries(expected)) {
      await writeFile(path, text);
      assert.equal((await findSmall(path, kind)).state, state, text);
    }
    await rm(path);
    assert.equal((await findSmall(path, kind)).state, 'none');
  });

  for (const text of ['', '\0'.repeat(200), '{"pid":12,"ho']) {
    test(`is taken again if its file was damaged: a lock with ${JSON.stringify(text.slice(0, 20))}`, async (t) => {
      const path = join(await temporaryFolder(t), 'lock');
      await writeFile(path, text);
      await utimes(path, 1, 1);
      const lock = await FileLock.acquire(path, { subject: { kind: 'lease' }, confirmMs: 50 });
      assert.equal(await lock.isHeld(), true);
      await lock.release();
      assert.deepEqual(await readdir(dirname(path)), []);
    });
  }

  test('may be taken by somebody else while a lock is held', async (t) => {
    const path = join(await temporaryFolder(t), 'lock');
    const lock = await FileLock.acquire(path, { subject: { kind: 'lease' } });
    await rm(path);
    await writeFile(path, 'precious');
    assert.equal(await lock.isHeld(), false);
    await lock.release();
    assert.equal(await readFile(path, 'utf8'), 'precious');
  });

  test('in a cache or stamp leaves the store as useful as it was', async (t) => {
    const stores = await twoStores(t);
    for (const name of ['housekeeping.json', 'index.json', 'oci-layout'])
      await writeFile(join(stores.root, name), 'precious');
    const store = await ModelStore.open(stores.root);
    t.after(() => store.dispose());
    assert.ok(await store.collectGarbageDaily());
    assert.equal(await store.collectGarbageDaily(), undefined, 'once a day all the same');
    assert.equal((await store.references()).length, 2);
    assert.ok((await store.deleteReference(parseReference('ai/one'))).freedBytes >= 3000);
  });

  test('keeps what another tool says of index.json as a whole', async (t) => {
    const { root } = await twoStores(t);
    const index = JSON.parse(await readFile(join(root, 'index.json'), 'utf8'));
    const annotations = { 'com.example.note': 'precious' };
    await writeFile(join(root, 'index.json'), JSON.stringify({ ...index, annotations }));
    const store = await ModelStore.open(root);
    t.after(() => store.dispose());
    await addModel(store, 'ai/two', TWO ?? tinyModel());
    const now = JSON.parse(await readFile(join(root, 'index.json'), 'utf8'));
    assert.deepEqual(now.annotations, annotations);
    assert.equal(now.manifests.length, 3);
  });
});
