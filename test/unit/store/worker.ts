/**
 * A process that does one thing with a store, for tests with several.
 *
 *   worker.ts <root> lease <digest>…       takes a lease, says “ready” and stays
 *   worker.ts <root> commit <name> <ms>    commits versions of a model and deletes it again, for so long; says how often
 *   worker.ts <root> collect <ms>          collects garbage without a time of grace, for so long; says how often
 */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { ModelStore } from '../../../src/store/index.ts';
import { addModel, descriptorOf, tinyModel } from './support.ts';

const SHARED = [Buffer.from('a layer that all models share')];

const [root = '', task = '', ...rest] = process.argv.slice(2);
const store = await ModelStore.open(root);
let count = 0;

async function repeat(ms: number, work: () => Promise<void>): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; count++) await work();
}

async function commitOnce(name: string): Promise<void> {
  const model = tinyModel([...SHARED, randomBytes(500)]);
  const digests = [...model.layers, model.config].map((bytes) => descriptorOf(bytes).digest);
  const lease = await store.lease(digests);
  try {
    const reference = await addModel(store, name, model);
    for (const digest of digests) await stat(store.blobPath(digest));
    await lease.release();
    // The reference alone keeps it now.
    for (const digest of digests) await stat(store.blobPath(digest));
    if (count % 3 === 2) await store.deleteReference(reference);
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
    await repeat(Number(rest[1]), () => commitOnce(rest[0] ?? ''));
    process.stdout.write(`${count}\n`);
    break;
  case 'collect':
    await repeat(Number(rest[0]), async () => {
      await store.collectGarbage({ graceMs: -60_000 });
    });
    process.stdout.write(`${count}\n`);
    break;
}
