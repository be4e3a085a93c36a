/**
 * A process that makes changes of stores, one after the other, and asks before each step, for stepStop.test.ts. It is
 * told each change as `{ root, task, file }`. Each step is told as `{ step }` and waits for `go`; the end of the change
 * is told as `{ done }`.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { addModel, descriptorOf, tinyModel } from './support.ts';

/** One change. */
export interface Change {
  readonly root: string;
  readonly task: string;
  /** A file that the task takes in, or an empty text. */
  readonly file: string;
}

async function ask(step: string): Promise<void> {
  const answer = once(process, 'message');
  process.send?.({ step });
  await answer;
}

const reference = parseReference('ai/one');

const WORK: Readonly<Record<string, (store: ModelStore, file: string) => Promise<unknown>>> = {
  collect: (store) => store.collectGarbage({ graceMs: -60_000 }),
  delete: (store) => store.deleteReference(reference),
  commit: async (store, file) => addModel(store, 'ai/one', tinyModel([await readFile(file)])),
  verify: (store) => store.verify(),
  adopt: (store, file) => store.adoptFile(file, 'application/octet-stream', { ways: ['copy'] }),
  download: async (store, file) => {
    const bytes = await readFile(file);
    const ingest = await store.openIngest(descriptorOf(bytes));
    try {
      if (!ingest.stored) ingest.write(bytes, ingest.doneBytes);
      await ingest.commit();
    } finally {
      await ingest.close();
    }
  },
  remove: async (store, file) => store.removePartial(digestOf(await readFile(file))),
};

async function make({ root, task, file }: Change): Promise<string> {
  const store = await ModelStore.open(root, { onStep: ask });
  try {
    await WORK[task]?.(store, file);
    return 'ok';
  } catch (error) {
    return isModelError(error) ? error.code : String(error);
  } finally {
    store.dispose();
  }
}

for (;;) {
  const [change] = await once(process, 'message');
  process.send?.({ done: await make(change as Change) });
}
