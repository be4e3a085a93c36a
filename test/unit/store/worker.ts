/**
 * A process that does one thing with a store, for tests with several.
 *
 *   worker.ts <root> lease <digest>…       takes a lease, says “ready” and stays
 *   worker.ts <root> commit <name> <n>     commits so many versions of a model, and deletes it now and then
 *   worker.ts <root> collect               collects garbage without a time of grace until its input ends; says how often
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ModelStore } from '../../../src/store/index.ts';
import { bytesFrom } from '../../support/random.ts';
import { addModel, descriptorOf, tinyModel } from './support.ts';

const SHARED = [Buffer.from('a layer that all models share')];

const [root = '', task = '', ...rest] = process.argv.slice(2);
const store = await ModelStore.open(root);
// Each process commits content of its own.
const randomBytes = bytesFrom(
  createHash('sha256')
    .update(rest[0] ?? '')
    .digest()
    .readUInt32LE(),
);

async function commitOnce(name: string, isDeleted: boolean): Promise<void> {
  const model = tinyModel([...SHARED, randomBytes(500)]);
  const digests = [...model.layers, model.config].map((bytes) => descriptorOf(bytes).digest);
  const lease = await store.lease(digests);
  try {
    const reference = await addModel(store, name, model);
    for (const digest of digests) await stat(store.blobPath(digest));
    await lease.release();
    // The reference alone keeps it now.
    for (const digest of digests) await stat(store.blobPath(digest));
    if (isDeleted) await store.deleteReference(reference);
  } finally {
    await lease.release();
  }
}

switch (task) {
  case 'lease':
    await store.lease(rest);
    setInterval(() => undefined, 1000);
    process.stdout.write('ready\n');
    break;
  case 'commit':
    for (let round = 0; round < Number(rest[1]); round++) await commitOnce(rest[0] ?? '', round % 3 === 2);
    break;
  case 'collect': {
    let count = 0;
    let isOver = false;
    process.stdin.resume().on('end', () => {
      isOver = true;
    });
    for (; !isOver; count++) {
      await store.collectGarbage({ graceMs: -60_000 });
      await delay(5); // the lock is asked for now and then, and a loop that never lets go of it would starve others
    }
    process.stdout.write(`${count}\n`);
    break;
  }
}
