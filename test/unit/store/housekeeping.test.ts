import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isModelError, ModelError } from '../../../src/base/error.ts';
import { asLocalized } from '../../../src/base/l10n.ts';
import { ModelStore, startHousekeeping } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import { until } from '../../support/until.ts';
import { descriptorOf, openStore, recordingLog, temporaryFolder } from './support.ts';

const HOUR_MS = 60 * 60 * 1000;

describe('housekeeping', () => {
  test('collects once a day across processes, whatever the stamp says', async (t) => {
    const folder = await temporaryFolder(t);
    let now = Date.now();
    const options = { now: () => now };
    const [store, other] = [await ModelStore.open(folder, options), await ModelStore.open(folder, options)];
    const both = await Promise.allSettled([store.collectGarbageDaily(), other.collectGarbageDaily()]);
    const reports = both.filter((result) => result.status === 'fulfilled' && result.value !== undefined);
    assert.equal(reports.length, 1, 'the other one finds the store busy, or that it is done');
    now += 23 * HOUR_MS;
    assert.equal(await store.collectGarbageDaily(), undefined);
    now += 2 * HOUR_MS;
    assert.ok(await other.collectGarbageDaily());
    for (const stamp of ['', '{"collectedAt":7}', '{"collectedAt":"2099-01-01T00:00:00.000Z"}']) {
      await writeFile(join(folder, 'housekeeping.json'), stamp);
      assert.ok(await store.collectGarbageDaily(), stamp);
    }
    const { collectedAt } = JSON.parse(await readFile(join(folder, 'housekeeping.json'), 'utf8'));
    assert.equal(Date.parse(collectedAt), now);
  });

  test('never waits for the store', async (t) => {
    const store = await openStore(t);
    await writeFile(join(store.root, 'store.lock'), '');
    await assert.rejects(store.collectGarbageDaily(), (error: unknown) => isModelError(error, 'store-busy'));
  });

  test('starts after a while, goes on after failures, and ends', async (t) => {
    const log = recordingLog();
    const folder = await temporaryFolder(t);
    const store = await ModelStore.open(folder, { now: () => Date.now() + 48 * HOUR_MS });
    const bytes = randomBytes(1500);
    await store.writeBlob(descriptorOf(bytes), bytes);
    let opened = 0;
    const open = async (): Promise<ModelStore> => {
      opened++;
      if (opened === 1) throw new ModelError('store-error', asLocalized('The folder is away.'));
      return store;
    };
    const housekeeping = startHousekeeping(open, log, { delayMs: 5, lookMs: 5 });
    t.after(() => housekeeping.dispose());
    assert.equal(opened, 0);
    await until(() => log.lines.some((line) => line.includes('Tidied up')));
    assert.equal(await store.hasBlob(descriptorOf(bytes)), false);
    assert.ok(log.lines.some((line) => line.includes('The folder is away')));
    assert.deepEqual(log.lines.filter((line) => line.includes('Tidied up')).length, 1);
    assert.match(log.lines.join('\n'), /1\.5 kB are free again \(1 contents/);
    housekeeping.dispose();
    await delay(20);
    const before = opened;
    await delay(30);
    assert.equal(opened, before);
  });
});
