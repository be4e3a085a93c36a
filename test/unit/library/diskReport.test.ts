/** The space of a store is divided so that every byte is counted once. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { contentBytes, diskReport, readStoreContents } from '../../../src/library/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
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
        { id: 'a', ownBytes: 1000, sharedBytes: 10, sharedWith: ['b'], freedBytes: 1000 },
        { id: 'b', ownBytes: 300, sharedBytes: 10, sharedWith: ['a'], freedBytes: 300 },
        { id: 'empty', ownBytes: 0, sharedBytes: 0, sharedWith: [], freedBytes: 0 },
      ],
      contentBytes: 1317,
      sharedBytes: 10,
      unneededBytes: 7,
    });
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
});
