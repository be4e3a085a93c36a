/**
 * Downloads whose process is killed before any of its changes to files: whatever it leaves is recognized as ours,
 * resumed or removed, and never in the way. Removing and resuming are killed at each of their steps too.
 */
import assert from 'node:assert/strict';
import { link, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Descriptor } from '../../../src/oci/spec/descriptor.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { ContentStore, type ModelStore, type UnpackedLayer } from '../../../src/store/index.ts';
import { killedAt, NOBODY } from '../../support/killedProcess.ts';
import { runs } from '../../support/longRuns.ts';
import { addModel, descriptorOf, openStore, recordingLog, tinyModel } from './support.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** More changes than any work here makes. */
const MANY = 200;

/** The distances between the steps at which a removal and a resumed download are killed. */
const REMOVAL_STRIDE = runs(13, 1);
const RESUME_STRIDE = runs(47, 3);

/** Bytes of the files in a layer; the second one is content of the store from the beginning. */
const SHARED = Buffer.alloc(3000, 'shared');

/** One way to bring content in. The content differs with `id`, so that many downloads fit in one store. */
interface Way {
  readonly bytes: (id: number) => Buffer;
  readonly download: (
    store: ContentStore,
    descriptor: Descriptor,
    bytes: Buffer,
    root: string,
  ) => Promise<void>;
}

function layerOf(digest: string, contents: readonly { digest: string; size: number }[]): UnpackedLayer {
  const members = contents.map((content, index) => ({ path: `file-${index}`, ...content }));
  return { digest, wants: 'all', members, links: [], removed: [], opaque: [] };
}

/** Downloads one half. @returns the folder of the download, or undefined if the content is in the store. */
async function half(
  store: ContentStore,
  descriptor: Descriptor,
  bytes: Buffer,
  root: string,
): Promise<string | undefined> {
  const ingest = await store.openIngest(descriptor);
  if (!ingest.stored) ingest.write(bytes.subarray(0, 1500), 0);
  await ingest.close();
  if (ingest.stored) return undefined;
  return join(root, 'ingest', descriptor.digest.replace(':', '-'));
}

const WAYS: Readonly<Record<string, Way>> = {
  'a blob': {
    bytes: (id) => Buffer.alloc(3000, `blob ${id} `),
    async download(store, descriptor, bytes) {
      const ingest = await store.openIngest(descriptor);
      for (const { start } of ingest.missing()) {
        ingest.write(bytes.subarray(start, 1500), start);
        ingest.write(bytes.subarray(1500), 1500);
      }
      await ingest.commit();
      await ingest.close();
    },
  },
  'a blob whose first bytes another process removed': {
    bytes: (id) => Buffer.alloc(3000, `gone ${id} `),
    async download(store, descriptor, bytes, root) {
      const folder = await half(store, descriptor, bytes, root);
      if (folder !== undefined) {
        // Keeps the inode in use, so that the next file gets another one.
        await link(join(folder, 'data'), join(root, `kept-${descriptor.digest.slice(-8)}`)).catch(() => {});
        await rm(join(folder, 'data'), { force: true });
      }
      await WAYS['a blob']?.download(store, descriptor, bytes, root);
    },
  },
  'a blob that is resumed in a copy of the store': {
    bytes: (id) => Buffer.alloc(3000, `copy ${id} `),
    async download(store, descriptor, bytes, root) {
      const folder = await half(store, descriptor, bytes, root);
      if (folder !== undefined) {
        const text = await readFile(join(folder, 'state.json'), 'utf8').catch(() => '');
        const copied = text.replace(/"folder":"\d+","files":\["\d+"\]/, '"folder":"1","files":["2"]');
        await writeFile(join(folder, 'state.json'), copied);
      }
      await WAYS['a blob']?.download(store, descriptor, bytes, root);
    },
  },
  'content with a wrong digest, and then the right one': {
    bytes: (id) => Buffer.alloc(3000, `wrong ${id} `),
    async download(store, descriptor, bytes) {
      const ingest = await store.openIngest(descriptor);
      if (ingest.doneBytes === 0) {
        ingest.write(Buffer.alloc(bytes.length, 7), 0);
        await assert.rejects(ingest.commit(), { code: 'digest-mismatch' });
      } else await ingest.restart();
      ingest.write(bytes, 0);
      await ingest.commit();
      await ingest.close();
    },
  },
  'a layer of files': {
    bytes: (id) => Buffer.concat([Buffer.alloc(512, 'header'), Buffer.alloc(2000, `layer ${id} `), SHARED]),
    async download(store, descriptor, bytes) {
      const { digest } = descriptor;
      if ((await store.unpacked(digest)) !== undefined) return;
      const bodies = [
        { start: 512, end: 2512 },
        { start: 2512, end: bytes.length },
      ];
      const ingest = await store.openLayer(descriptor, {
        bodies,
        describe: async () => (contents) => layerOf(digest, contents),
      });
      for (const { start, end } of ingest.missing()) ingest.write(bytes.subarray(start, end), start);
      await ingest.commit();
      await ingest.close();
    },
  },
  'files out of a stream': {
    bytes: (id) => Buffer.concat([Buffer.alloc(512, 'header'), Buffer.alloc(2000, `stream ${id} `), SHARED]),
    async download(store, descriptor, bytes) {
      if ((await store.unpacked(descriptor.digest)) !== undefined) return;
      const unpacking = await store.openUnpacking(descriptor);
      const unwanted = unpacking.create();
      unwanted.write(Buffer.from('not of a model'));
      unwanted.end();
      const files = [bytes.subarray(512, 2512), SHARED].map((body) => {
        const file = unpacking.create();
        file.write(body);
        file.end();
        return file;
      });
      unpacking.record(bytes.length);
      await unpacking.commit(files, (contents) => layerOf(descriptor.digest, contents));
      await unpacking.close();
    },
  },
  'a layer that was only begun as a stream': {
    bytes: (id) => Buffer.concat([Buffer.alloc(512, 'header'), Buffer.alloc(2000, `both ${id} `), SHARED]),
    async download(store, descriptor, bytes, root) {
      const unpacking = await store.openUnpacking(descriptor);
      const file = unpacking.create();
      file.write(bytes.subarray(512, 700));
      await unpacking.close();
      await WAYS['a layer of files']?.download(store, descriptor, bytes, root);
    },
  },
};

/** Ways of which two processes are killed. */
const IN_PAIRS = runs(['a layer of files', 'files out of a stream'], Object.keys(WAYS));

/** Makes a dead process of the one that has a download's locks, which is this process. */
function bury(root: string, digest: string): Promise<void> {
  return buryLocks(join(root, 'ingest', digest.replace(':', '-')));
}

async function buryLocks(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.includes('lock')) continue;
    const text = await readFile(join(folder, name), 'utf8');
    if (text.includes(`"pid":${process.pid},`))
      await writeFile(join(folder, name), text.replace(`"pid":${process.pid},`, `"pid":${NOBODY},`));
  }
}

interface Scene {
  readonly store: ModelStore;
  readonly content: ContentStore;
  readonly lines: readonly string[];
}

async function scene(t: TestContext): Promise<Scene> {
  const log = recordingLog();
  const store = await openStore(t, log);
  await store.writeBlob(descriptorOf(SHARED), SHARED);
  return { store, content: new ContentStore(store.root), lines: log.lines };
}

/** Kills a download before one of its changes. @returns its content, or undefined if it has fewer changes. */
async function killOne(
  at: Scene,
  { bytes, download }: Way,
  step: number,
  id: number,
): Promise<Buffer | undefined> {
  const content = bytes(id);
  const descriptor = descriptorOf(content);
  if (!(await killedAt(step, () => download(at.content, descriptor, content, at.store.root))))
    return undefined;
  await bury(at.store.root, descriptor.digest);
  return content;
}

/** Kills a download at each of its changes, each time with other content. @returns the contents. */
async function killAll(at: Scene, way: Way): Promise<Buffer[]> {
  const begun: Buffer[] = [];
  for (let step = 0; ; step++) {
    assert.ok(step < MANY);
    const content = await killOne(at, way, step, step);
    if (content === undefined) return begun;
    begun.push(content);
  }
}

/** Describes the files of a download. */
async function filesOf(root: string, digest: string): Promise<string> {
  const folder = join(root, 'ingest', digest.replace(':', '-'));
  const names = await readdir(folder).catch(() => ['none']);
  const texts = names.map(async (name) => {
    const status = await stat(join(folder, name)).catch(() => undefined);
    return `${name.replace(/lock\..*/, 'lock.id')} ${status?.size} ${status?.nlink}`;
  });
  return (await Promise.all(texts)).sort().join();
}

/** Returns the steps that leave different files when a download is killed before them. */
async function differentSteps(t: TestContext, way: Way): Promise<number[]> {
  const at = await scene(t);
  const steps = new Map<string, number>();
  for (const [step, content] of (await killAll(at, way)).entries()) {
    const files = await filesOf(at.store.root, digestOf(content));
    if (!steps.has(files)) steps.set(files, step);
  }
  return [...steps.values()];
}

/** Nothing of a download is left, whether it is removed at once or collected, and nothing is taken for foreign. */
async function assertRemovable({ store, lines }: Scene, what: string): Promise<void> {
  await store.collectGarbage({ now: Date.now() + 10 * DAY_MS });
  for (const folder of ['ingest', 'leases', 'quarantine', 'unpacked', 'blobs/sha256'])
    assert.deepEqual(await readdir(join(store.root, folder)).catch(() => []), [], `${what}: ${folder}`);
  assert.deepEqual(
    (await readdir(store.root)).filter((name) => name.includes('.lock')),
    [],
    what,
  );
  assert.deepEqual(
    lines.filter((line) => line.includes('left alone')),
    [],
    what,
  );
}

async function assertComesIn({ content, store }: Scene, { download }: Way, bytes: Buffer): Promise<void> {
  const descriptor = descriptorOf(bytes);
  await download(content, descriptor, bytes, store.root);
  const layer = await content.unpacked(descriptor.digest);
  const digests = layer?.members.map(({ digest }) => digest) ?? [descriptor.digest];
  for (const digest of digests) assert.equal(digestOf(await readFile(store.blobPath(digest))), digest);
}

describe('a download that is killed before any of its changes to files', () => {
  for (const [name, way] of Object.entries(WAYS)) {
    test(`leaves what can be removed: ${name}`, async (t) => {
      const at = await scene(t);
      const begun = await killAll(at, way);
      assert.ok(begun.length > 20, `${begun.length} changes`);
      t.diagnostic(`${begun.length} changes`);
      await assertRemovable(at, name);
    });

    test(`comes in at the next try: ${name}`, async (t) => {
      const at = await scene(t);
      for (const content of await killAll(at, way)) await assertComesIn(at, way, content);
      await assertRemovable(at, name);
    });

    // Pairs of kills take longest, and two ways have nearly all kinds of files.
    if (!IN_PAIRS.includes(name)) continue;
    test(`is removed by a process that is killed too: ${name}`, async (t) => {
      const steps = await differentSteps(t, way);
      const at = await scene(t);
      let pairs = 0;
      for (const [index, step] of steps.entries()) {
        for (let removal = index % REMOVAL_STRIDE; ; removal += REMOVAL_STRIDE) {
          const content = await killOne(at, way, step, removal * MANY + step);
          if (content === undefined) break;
          const digest = digestOf(content);
          if (!(await killedAt(removal, () => at.store.removePartial(digest)))) break;
          pairs++;
          await bury(at.store.root, digest);
        }
      }
      t.diagnostic(`${pairs} pairs`);
      await assertRemovable(at, name);
    });

    test(`is resumed by a process that is killed too: ${name}`, async (t) => {
      const steps = await differentSteps(t, way);
      const at = await scene(t);
      let pairs = 0;
      for (const [index, step] of steps.entries()) {
        for (let next = index % RESUME_STRIDE; ; next += RESUME_STRIDE) {
          const content = await killOne(at, way, step, (next + 1) * MANY + step);
          const descriptor = descriptorOf(content ?? Buffer.alloc(0));
          if (content === undefined) break;
          if (!(await killedAt(next, () => way.download(at.content, descriptor, content, at.store.root))))
            break;
          await bury(at.store.root, descriptor.digest);
          if (pairs++ % 2 === 0) await assertComesIn(at, way, content);
        }
      }
      t.diagnostic(`${pairs} pairs`);
      await assertRemovable(at, name);
    });
  }

  test('is not taken for foreign while its process lives and ends it', async (t) => {
    for (const [name, way] of Object.entries(WAYS)) {
      if (!IN_PAIRS.includes(name)) continue;
      const at = await scene(t);
      for (let step = 0; ; step++) {
        const content = way.bytes(step);
        const descriptor = descriptorOf(content);
        if (!(await killedAt(step, () => way.download(at.content, descriptor, content, at.store.root))))
          break;
        // Its lock still names this process, which lives.
        const folder = join(at.store.root, 'ingest', descriptor.digest.replace(':', '-'));
        const isLocked = (await readdir(folder).catch((): string[] => [])).includes('lock');
        const removal = at.store.removePartial(descriptor.digest);
        if (isLocked) await assert.rejects(removal, { code: 'store-busy' });
        else await removal;
        await bury(at.store.root, descriptor.digest);
      }
      await assertRemovable(at, name);
    }
  });
});

describe('a change of references that is killed before any of its changes to files', () => {
  test('keeps nobody out, and leaves what can be collected', async (t) => {
    const at = await scene(t);
    const { store } = at;
    const config = Buffer.from('{"of":"all"}');
    const kept = await addModel(store, 'ai/kept', tinyModel([SHARED], config));
    const work = async (id: number): Promise<void> => {
      const reference = await addModel(
        store,
        `ai/model-${id}`,
        tinyModel([SHARED, Buffer.alloc(900, `model ${id} `)]),
      );
      await store.deleteReference(reference);
    };
    for (let step = 0; ; step++) {
      assert.ok(step < MANY);
      if (!(await killedAt(step, () => work(step)))) break;
      // Or the next one would wait for it.
      await buryLocks(store.root);
    }
    assert.deepEqual((await store.verify()).damaged, []);
    await store.checkFiles(kept);
    for (const { reference } of await store.references()) await store.deleteReference(reference);
    await assertRemovable(at, 'references');
    for (const folder of ['models', 'refs', 'records/names'])
      assert.deepEqual(await readdir(join(store.root, folder)), [], folder);
  });
});
