/**
 * A process is suspended before each step of a change, loses its lock to another one, as it would to another machine,
 * and goes on when that one is done: it must notice, and nothing of the other one may be harmed.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import { ModelStore } from '../../../src/store/index.ts';
import type { Change } from './stepChild.ts';
import { addModel, descriptorOf, openStore, temporaryFolder, tinyModel, writePartial } from './support.ts';

const CHILD = fileURLToPath(new URL('stepChild.ts', import.meta.url));
const noSignals = process.platform === 'win32' && 'no SIGSTOP on Windows';

/** Contents that differ, the same in every run. */
const bytesOf = (seed: number): Buffer => Buffer.alloc(3000, seed);
const CONFIG = Buffer.from('{"kept":1}');

interface Child {
  readonly process: ChildProcess;
  /** The next step, or how it ended. */
  next(): Promise<{ readonly step?: string; readonly done?: string }>;
  go(): void;
  /** Begins a change, after the one before has ended. */
  begin(change: Change): void;
}

function start(t: TestContext): Child {
  const child = fork(CHILD, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  t.after(() => child.kill('SIGKILL'));
  const messages: object[] = [];
  child.on('message', (message) => messages.push(message as object));
  return {
    process: child,
    async next() {
      if (messages.length === 0) await once(child, 'message');
      return messages.shift() as { step?: string; done?: string };
    },
    go: () => void child.send('go'),
    begin: (change) => void child.send(change),
  };
}

/** Waits until the system says that the process is stopped. */
async function suspend({ pid = 0 }: ChildProcess): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  if (process.platform !== 'linux') return;
  for (;;) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    if (text.slice(text.lastIndexOf(')') + 2).startsWith('T')) return;
  }
}

/** Takes all locks away that are held now, as one does who cannot know that their process lives. */
async function breakLocks(root: string): Promise<void> {
  await rm(join(root, 'store.lock'), { force: true });
  for (const name of await readdir(join(root, 'ingest')))
    await rm(join(root, 'ingest', name, 'lock'), { force: true }).catch(() => undefined);
}

interface Task {
  /** What is there before. @returns the argument of the child. */
  prepare(store: ModelStore, folder: string): Promise<string>;
  /** Another process's work meanwhile. */
  meanwhile(store: ModelStore, folder: string): Promise<void>;
  /** What has to be there afterwards: models by name, with their layer. */
  readonly models: Readonly<Record<string, Buffer>>;
}

const file = async (folder: string, seed: number): Promise<string> => {
  const path = join(folder, `theirs-${seed}`);
  await writeFile(path, bytesOf(seed));
  return path;
};

const tasks: Record<string, Task> = {
  collect: {
    async prepare(store) {
      await addModel(store, 'ai/gone', tinyModel([bytesOf(1)], CONFIG));
      await rm(join(store.root, 'refs', 'docker.io_ai_gone_latest.json'));
      for (const seed of [2, 3]) await store.writeBlob(descriptorOf(bytesOf(seed)), bytesOf(seed));
      await addModel(store, 'ai/one', tinyModel([bytesOf(9)], CONFIG));
      return '';
    },
    async meanwhile(store) {
      await addModel(store, 'ai/gone', tinyModel([bytesOf(1)], CONFIG));
      await addModel(store, 'ai/two', tinyModel([bytesOf(2)], CONFIG));
    },
    models: { 'ai/gone': bytesOf(1), 'ai/two': bytesOf(2), 'ai/one': bytesOf(9) },
  },
  delete: {
    async prepare(store) {
      await addModel(store, 'ai/one', tinyModel([bytesOf(1)], CONFIG));
      return '';
    },
    async meanwhile(store) {
      await addModel(store, 'ai/one', tinyModel([bytesOf(1)], CONFIG));
      await addModel(store, 'ai/two', tinyModel([bytesOf(1)], Buffer.from('{"two":2}')));
    },
    models: { 'ai/one': bytesOf(1), 'ai/two': bytesOf(1) },
  },
  commit: {
    async prepare(store, folder) {
      await addModel(store, 'ai/one', tinyModel([bytesOf(1)], CONFIG));
      return file(folder, 2);
    },
    async meanwhile(store) {
      await addModel(store, 'ai/one', tinyModel([bytesOf(3)], CONFIG));
      await addModel(store, 'ai/two', tinyModel([bytesOf(1)], CONFIG));
    },
    models: { 'ai/one': bytesOf(3), 'ai/two': bytesOf(1) },
  },
  verify: {
    async prepare(store) {
      await addModel(store, 'ai/one', tinyModel([bytesOf(1)], CONFIG));
      await addModel(store, 'ai/two', tinyModel([bytesOf(1)], Buffer.from('{"two":2}')));
      const path = store.blobPath(digestOf(bytesOf(1)));
      await chmod(path, 0o644);
      await writeFile(path, bytesOf(5));
      return '';
    },
    async meanwhile(store) {
      await addModel(store, 'ai/one', tinyModel([bytesOf(1)], CONFIG));
    },
    models: { 'ai/one': bytesOf(1), 'ai/two': bytesOf(1) },
  },
  adopt: {
    prepare: (_store, folder) => file(folder, 4),
    async meanwhile(store, folder) {
      await store.collectGarbage({ graceMs: -60_000 });
      await store.adoptFile(join(folder, 'theirs-4'), 'application/octet-stream', { ways: ['copy'] });
      await addModel(store, 'ai/two', tinyModel([bytesOf(4)], CONFIG));
    },
    models: { 'ai/two': bytesOf(4) },
  },
  download: {
    prepare: (_store, folder) => file(folder, 4),
    async meanwhile(store) {
      const ingest = await store.openIngest(descriptorOf(bytesOf(4)));
      if (!ingest.stored) {
        await ingest.restart();
        ingest.write(bytesOf(4), 0);
      }
      await ingest.commit();
      await addModel(store, 'ai/two', tinyModel([bytesOf(4)], CONFIG));
    },
    models: { 'ai/two': bytesOf(4) },
  },
  remove: {
    async prepare(store, folder) {
      await writePartial(store, bytesOf(4), 1000);
      return file(folder, 4);
    },
    async meanwhile(store) {
      const ingest = await store.openIngest(descriptorOf(bytesOf(4)));
      await ingest.restart();
      ingest.write(bytesOf(4).subarray(0, 2000), 0);
      await ingest.close();
    },
    models: {},
  },
};

/** Steps that are taken without the store's lock or an ingest's. */
const WITHOUT_LOCK = ['adopt'];

async function assertWhole(root: string, models: Task['models']): Promise<void> {
  const store = await ModelStore.open(root);
  try {
    // A name of the content that was damaged before may still be there, and is made again here.
    assert.deepEqual((await store.verify()).damaged, []);
    for (const [name, layer] of Object.entries(models)) {
      const reference = parseReference(name);
      assert.ok(await store.getReference(reference), name);
      assert.deepEqual(await readFile(store.modelFilePath(reference, 'model.gguf')), layer, name);
      await store.checkFiles(reference);
    }
  } finally {
    store.dispose();
  }
}

describe('a process that was suspended and lost its lock', { skip: noSignals }, () => {
  for (const [task, { prepare, meanwhile, models }] of Object.entries(tasks)) {
    test(`stops at every step: ${task}`, async (t) => {
      // One process for all steps, each in a store of its own: starting it takes longest.
      const child = start(t);
      const steps = await countSteps(t, child, task);
      assert.ok(steps > 0);
      for (let at = 0; at < steps; at++) {
        const store = await openStore(t);
        const folder = await temporaryFolder(t);
        child.begin({ root: store.root, task, file: await prepare(store, folder) });
        let seen = 0;
        let end: string | undefined;
        let stoppedAt: string | undefined;
        while (end === undefined) {
          const { step, done } = await child.next();
          end = done;
          if (step === undefined) break;
          if (seen++ === at) {
            stoppedAt = step;
            await suspend(child.process);
            await breakLocks(store.root);
            await meanwhile(store, folder);
            process.kill(child.process.pid ?? 0, 'SIGCONT');
          }
          child.go();
        }
        assert.ok(stoppedAt, `${task} has a step ${at}`);
        const expected = WITHOUT_LOCK.includes(task) ? ['ok'] : ['store-busy', 'ok'];
        assert.ok(expected.includes(end ?? ''), `${task} ended with ${end} after step ${at}, ${stoppedAt}`);
        await assertWhole(store.root, models);
        if (task === 'remove')
          assert.equal(await store.partialBytes(digestOf(bytesOf(4))), 2000, `after ${stoppedAt}`);
      }
    });
  }

  test('keeps its lock on this machine, however long it sleeps', async (t) => {
    const store = await openStore(t);
    await addModel(store, 'ai/one', tinyModel([bytesOf(1)]));
    const child = start(t);
    child.begin({ root: store.root, task: 'delete', file: '' });
    assert.ok((await child.next()).step);
    await suspend(child.process);
    await utimes(join(store.root, 'store.lock'), 1, 1);
    const other = addModel(store, 'ai/two', tinyModel([bytesOf(2)], CONFIG));
    let isOver = false;
    void other.then(() => {
      isOver = true;
    });
    // Many looks at a lock that seems to be decades old.
    for (let look = 0; look < 20; look++) await new Promise((resolve) => setTimeout(resolve, 25));
    assert.equal(isOver, false);
    process.kill(child.process.pid ?? 0, 'SIGCONT');
    child.go();
    for (;;) {
      const { step, done } = await child.next();
      if (done !== undefined) {
        assert.equal(done, 'ok');
        break;
      }
      if (step !== undefined) child.go();
    }
    await other;
    await assertWhole(store.root, { 'ai/two': bytesOf(2) });
    assert.equal(await store.getReference(parseReference('ai/one')), undefined);
  });
});

/** How many steps a change has when nobody comes in between. */
async function countSteps(t: TestContext, child: Child, task: string): Promise<number> {
  const store = await openStore(t);
  const folder = await temporaryFolder(t);
  await mkdir(folder, { recursive: true });
  child.begin({ root: store.root, task, file: (await tasks[task]?.prepare(store, folder)) ?? '' });
  for (let steps = 0; ; steps++) {
    const { done } = await child.next();
    if (done !== undefined) {
      assert.equal(done, 'ok');
      assert.ok((await stat(store.root)).isDirectory());
      return steps;
    }
    child.go();
  }
}
