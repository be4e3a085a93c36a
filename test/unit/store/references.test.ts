import assert from 'node:assert/strict';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { formatReference } from '../../../src/oci/spec/reference.ts';
import { Layout, safeName } from '../../../src/store/disk/layout.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import { addModel, forgetContent, openStore, recordingLog, temporaryFolder, tinyModel } from './support.ts';

/** More than are read again without the cache being written. */
const MANY = 40;

async function names(store: ModelStore): Promise<string[]> {
  return (await store.references()).map(({ reference }) => formatReference(reference));
}

async function indexDigests(store: ModelStore): Promise<string[]> {
  const index = JSON.parse(await readFile(join(store.root, 'index.json'), 'utf8'));
  return index.manifests.map(({ digest }: { digest: string }) => digest);
}

async function addMany(store: ModelStore): Promise<string[]> {
  for (let index = 0; index < MANY; index++)
    await addModel(store, `ai/m${index}`, tinyModel([randomBytes(20)]));
  return names(store);
}

describe('the list of references', () => {
  test('is read from the cache by the next process, and never wrong where that is damaged', async (t) => {
    const store = await openStore(t);
    const expected = await addMany(store);
    const cache = new Layout(store.root).cache('references');
    const whole = await readFile(cache);
    const damages: [string, () => Promise<void>][] = [
      ['nothing', async () => undefined],
      ['is cut', () => truncate(cache, Math.floor(whole.length / 2))],
      [
        'has a wrong digest',
        () => writeFile(cache, whole.toString().replaceAll(/sha256:[0-9a-f]/g, 'sha256:0')),
      ],
      ['is garbage', () => writeFile(cache, randomBytes(10_000))],
      [
        'is of another version',
        () => writeFile(cache, whole.toString().replace('"version":1', '"version":9')),
      ],
      ['is gone', () => rm(cache)],
      ['is a folder', () => rm(cache).then(() => mkdir(cache))],
    ];
    for (const [what, damage] of damages) {
      await rm(cache, { recursive: true, force: true });
      await writeFile(cache, whole);
      await damage();
      const next = await ModelStore.open(store.root);
      assert.deepEqual(await names(next), expected, what);
      const report = await next.collectGarbage({ graceMs: -1000 });
      assert.equal(report.blobs, 0, what);
    }
  });

  test('follows what people add, take away and change in refs/ by hand', async (t) => {
    const store = await openStore(t);
    const all = await addMany(store);
    const refs = join(store.root, 'refs');
    const path = join(refs, 'docker.io_ai_m1_latest.json');
    const text = await readFile(path, 'utf8');
    await rm(path);
    const without = all.filter((name) => name !== 'docker.io/ai/m1:latest');
    assert.deepEqual(await names(store), without);
    // A commit writes index.json without a look at each file, but not without what was changed.
    const added = await addModel(store, 'ai/zz', tinyModel());
    assert.equal((await indexDigests(store)).length, MANY);
    await writeFile(path, text);
    await store.deleteReference(added);
    assert.equal((await indexDigests(store)).length, MANY);
    assert.deepEqual(await names(store), all);
    const changed = JSON.parse(text);
    changed.pulledAt = '2026-01-02T03:04:05.000Z';
    await writeFile(path, JSON.stringify(changed));
    const stored = (await store.references()).find(
      ({ pulledAt }) => pulledAt === Date.parse(changed.pulledAt),
    );
    assert.equal(stored?.reference.repository, 'ai/m1');
  });

  test('in index.json is right after a commit, whoever changed what before', async (t) => {
    const store = await openStore(t);
    const other = await ModelStore.open(store.root);
    await addModel(store, 'ai/one', tinyModel());
    const replaced = tinyModel();
    await addModel(other, 'ai/one', replaced);
    const second = tinyModel();
    await addModel(store, 'ai/two', second);
    const expected = [replaced, second].map(({ manifestDescriptor }) => manifestDescriptor.digest);
    assert.deepEqual(await indexDigests(store), expected);
    // A process that died after it wrote the reference and before it wrote the index.
    const third = tinyModel();
    await addModel(other, 'ai/three', third);
    const index = await readFile(join(store.root, 'index.json'));
    await addModel(store, 'ai/last', tinyModel());
    await writeFile(join(store.root, 'index.json'), index);
    const last = tinyModel();
    await addModel(store, 'ai/last', last);
    assert.deepEqual(
      (await indexDigests(store)).sort(),
      [...expected, third.manifestDescriptor.digest, last.manifestDescriptor.digest].sort(),
    );
  });

  for (const name of ['../../precious', '/etc/passwd', 'a/../../../precious', 'C:\\x', '', 'a\0b'])
    test(`does without a file that names ${JSON.stringify(name)}, and lists all others`, async (t) => {
      const log = recordingLog();
      const store = await openStore(t, log);
      const bad = await addModel(store, 'ai/bad', tinyModel());
      await addModel(store, 'ai/good', tinyModel());
      const path = join(store.root, 'refs', `${safeName(bad)}.json`);
      const stored = JSON.parse(await readFile(path, 'utf8'));
      stored.files[0].name = name;
      await writeFile(path, `${JSON.stringify(stored, null, 2)}\n`);
      assert.deepEqual(await names(store), ['docker.io/ai/good:latest']);
      await assert.rejects(store.restoreFiles(bad), { code: 'not-found' });
      assert.deepEqual((await store.verify()).damaged, []);
      await store.collectGarbage({ now: Date.now() + 30 * 24 * 60 * 60 * 1000, graceMs: 0 });
      assert.equal((await store.blobDigests()).size, 5, 'content of a damaged reference stays');
      assert.match(log.lines.join('\n'), /bad.* is damaged and is left out; pull its model again/);
    });

  test('tells of a damaged file once, and of the next damage again', async (t) => {
    const log = recordingLog();
    const store = await openStore(t, log);
    const reference = await addModel(store, 'ai/one', tinyModel());
    const path = join(store.root, 'refs', 'docker.io_ai_one_latest.json');
    await writeFile(path, '{');
    await names(store);
    await names(store);
    const told = () => log.lines.filter((line) => line.includes('is damaged')).length;
    assert.equal(told(), 1);
    await writeFile(path, '{\n');
    await names(store);
    assert.equal(told(), 2);
    await addModel(store, formatReference(reference), tinyModel());
    assert.deepEqual(await names(store), ['docker.io/ai/one:latest']);
  });
});

describe('a store of version 0.1.0', () => {
  test('opens with all it has, and takes up new models', async (t) => {
    const folder = await temporaryFolder(t);
    const before = await ModelStore.open(folder);
    const model = tinyModel();
    const reference = await addModel(before, 'ai/old', model);
    // As that version left it: no list of content in references, another index.json, none of the new folders.
    await forgetContent(before, reference);
    const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
    for (const name of ['leases', 'quarantine', 'cache', 'housekeeping.json', 'records']) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
    await writeFile(join(folder, 'store.json'), '{"version":1}\n');
    for (const entry of index.manifests) delete entry.annotations['vnd.oci-models.store'];
    await writeFile(join(folder, 'index.json'), `${JSON.stringify(index, null, 2)}\n`);
    const store = await ModelStore.open(folder);
    assert.match(
      await readFile(join(folder, 'store.json'), 'utf8'),
      /^\{"version":1,"id":"[0-9a-f-]{36}"\}\n$/,
    );
    assert.deepEqual(await names(store), ['docker.io/ai/old:latest']);
    assert.deepEqual((await store.verify()).damaged, []);
    await addModel(store, 'ai/new', tinyModel());
    assert.equal((await indexDigests(store)).length, 2);
    assert.equal((await store.collectGarbage({ graceMs: -1000 })).blobs, 0);
    const { freedBytes } = await store.deleteReference(reference);
    // The config is the new model's too.
    assert.equal(freedBytes, 5000 + model.manifest.length);
  });
});
