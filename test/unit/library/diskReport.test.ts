/** The space of a store is divided so that every byte is counted once. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { contentBytes, diskReport, readStoreContents } from '../../../src/library/index.ts';
import { parseReference } from '../../../src/oci/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import { buildDockerModel } from '../../support/dockerModel.ts';
import fc from '../../support/fastCheck.ts';
import { addLocalModel } from '../../support/localModel.ts';
import { writeToyGguf } from '../../support/toyGguf.ts';

function model(id: string, digests: string[], freedBytes = 0) {
  return { id, digests: new Set(digests), freedBytes };
}

describe('a report about the disk', () => {
  test('tells what a model has alone, what it shares and with whom', () => {
    const sizes = new Map([
      ['weights', 1000],
      ['license', 10],
      ['other', 300],
      ['left', 7],
    ]);
    const models = [
      model('b', ['other', 'license'], 300),
      model('a', ['weights', 'license', 'gone'], 1000),
      model('empty', []),
    ];
    assert.deepEqual(diskReport({ sizes, models }), {
      models: [
        {
          id: 'a',
          ownBytes: 1000,
          sharedBytes: 10,
          sharedWith: ['b'],
          sharesWithMore: false,
          freedBytes: 1000,
        },
        {
          id: 'b',
          ownBytes: 300,
          sharedBytes: 10,
          sharedWith: ['a'],
          sharesWithMore: false,
          freedBytes: 300,
        },
        { id: 'empty', ownBytes: 0, sharedBytes: 0, sharedWith: [], sharesWithMore: false, freedBytes: 0 },
      ],
      contentBytes: 1317,
      sharedBytes: 10,
      unneededBytes: 7,
    });
  });

  test('names a few of many models that share a file, and says that there are more', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const sizes = new Map([
      ['weights', 1000],
      ['license', 10],
    ]);
    for (const [count, expected] of [
      [2, ['a: b', 'b: a']],
      [4, ['a: b c d', 'b: a c d', 'c: a b d', 'd: a b c']],
      [5, ['a: b c d …', 'b: a c d …', 'c: a b d …', 'd: a b c …', 'e: a b c …']],
    ] as const) {
      const models = names.slice(0, count).map((id) => model(id, ['weights', 'license']));
      assert.deepEqual(
        diskReport({ sizes, models }).models.map(
          ({ id, sharedWith, sharesWithMore }) =>
            `${id}: ${sharedWith.join(' ')}${sharesWithMore ? ' …' : ''}`,
        ),
        expected,
      );
    }
  });

  test('costs little for many models that share files', () => {
    const sizes = new Map([
      ['weights', 1000],
      ...Array.from({ length: 100 }, (_, at) => [`${at}`, at] as const),
    ]);
    const models = Array.from({ length: 10_000 }, (_, at) => model(`m${at}`, ['weights', `${at % 100}`]));
    const before = cpuMs();
    const report = diskReport({ sizes, models });
    const took = cpuMs() - before;
    assert.equal(report.models.length, 10_000);
    assert.ok(took < 1_000, `${took} ms`);
  });

  test('counts every byte once, whatever is shared', () => {
    const digest = fc.integer({ min: 0, max: 9 }).map(String);
    const sizes = fc.dictionary(digest, fc.nat(1000));
    const models = fc.array(fc.uniqueArray(digest), { maxLength: 5 });
    fc.assert(
      fc.property(sizes, models, (bytes, contents) => {
        const report = diskReport({
          sizes: new Map(Object.entries(bytes)),
          models: contents.map((digests, at) => model(`m${at}`, digests)),
        });
        const own = report.models.reduce((sum, { ownBytes }) => sum + ownBytes, 0);
        assert.equal(own + report.sharedBytes + report.unneededBytes, report.contentBytes);
      }),
    );
  });

  test('is made of a real store, where a deletion frees what the report says', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-disk-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const store = await ModelStore.open(join(folder, 'store'));
    const [one, two] = [join(folder, 'one.gguf'), join(folder, 'two.gguf')];
    await writeToyGguf(one, { reply: 'One.' });
    await writeToyGguf(two, { reply: 'Another one.' });
    await addLocalModel(store, 'first:a', await buildDockerModel([one]));
    await addLocalModel(store, 'first:b', await buildDockerModel([one], { parameters: '1 M' }));
    const last = await addLocalModel(store, 'second:a', await buildDockerModel([two]));
    await writeFile(join(folder, 'store', 'blobs', 'sha256', 'f'.repeat(64)), 'unneeded');

    const report = diskReport(await readStoreContents(store));
    assert.equal(report.contentBytes, await contentBytes(store));
    assert.equal(report.unneededBytes, 8);
    const shares = new Map(report.models.map((share) => [share.id, share]));
    assert.deepEqual(shares.get('docker.io/ai/first:a')?.sharedWith, ['docker.io/ai/first:b']);
    assert.ok(report.sharedBytes > 10_000, `${report.sharedBytes}`);
    const second = shares.get('docker.io/ai/second:a');
    assert.equal(second?.sharedBytes, 0);
    const { freedBytes } = await store.deleteReference(last);
    assert.equal(freedBytes, second?.freedBytes);
    assert.equal(freedBytes, second?.ownBytes);
    assert.equal(await contentBytes(store), report.contentBytes - freedBytes);
  });

  test('previews what the deletion of each model frees, for all at once', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-previews-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const [one, two] = [join(folder, 'one.gguf'), join(folder, 'two.gguf')];
    await writeToyGguf(one, { reply: 'One.' });
    await writeToyGguf(two, { reply: 'Another one.' });
    const built = [
      ['first:a', await buildDockerModel([one])],
      ['first:b', await buildDockerModel([one], { parameters: '1 M' })],
      ['first:c', await buildDockerModel([one], { parameters: '1 M' })],
      ['second:a', await buildDockerModel([two])],
    ] as const;
    const frees: boolean[] = [];
    for (const [at, [name]] of built.entries()) {
      const store = await ModelStore.open(join(folder, `store-${at}`));
      const references = [];
      for (const [other, model] of built) references.push(await addLocalModel(store, other, model));
      const missing = parseReference('third:a');
      const previews = await store.deletionPreviews([...references, missing]);
      assert.equal(previews.at(-1), undefined);
      assert.deepEqual(previews[at], await store.deletionPreview(parseReference(name)));
      const { freedBytes } = await store.deleteReference(parseReference(name));
      assert.equal(previews[at]?.freedBytes, freedBytes, name);
      frees.push(freedBytes > 10_000);
    }
    // The weights of the first three are one file.
    assert.deepEqual(frees, [false, false, false, true]);
  });
});
