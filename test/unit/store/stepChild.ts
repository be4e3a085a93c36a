/**
 * A process that makes one change of a store and asks before each step of it, for stepStop.test.ts.
 *
 *   stepChild.ts <root> collect|delete|commit|verify|adopt|download|remove [file]
 *
 * Each step is told as `{ step }` and waits for the answer; the end is told as `{ done }`.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { addModel, descriptorOf, tinyModel } from './support.ts';

const [root = '', task = '', file = ''] = process.argv.slice(2);

async function ask(step: string): Promise<void> {
  const answer = once(process, 'message');
  process.send?.({ step });
  await answer;
}

const store = await ModelStore.open(root, { onStep: ask });
const reference = parseReference('ai/one');
const work: Record<string, () => Promise<unknown>> = {
  collect: () => store.collectGarbage({ graceMs: -60_000 }),
  delete: () => store.deleteReference(reference),
  commit: async () => addModel(store, 'ai/one', tinyModel([await readFile(file)])),
  verify: () => store.verify(),
  adopt: () => store.adoptFile(file, 'application/octet-stream', { ways: ['copy'] }),
  download: async () => {
    const bytes = await readFile(file);
    const ingest = await store.openIngest(descriptorOf(bytes));
    try {
      if (!ingest.stored) ingest.write(bytes, ingest.doneBytes);
      await ingest.commit();
    } finally {
      await ingest.close();
    }
  },
  remove: async () => store.removePartial(digestOf(await readFile(file))),
};

try {
  await work[task]?.();
  process.send?.({ done: 'ok' });
} catch (error) {
  process.send?.({ done: isModelError(error) ? error.code : String(error) });
}
process.disconnect();
