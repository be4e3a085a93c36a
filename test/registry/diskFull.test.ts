/** A disk that becomes full in the middle of a pull, though it had room when the pull began. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseReference, type Reference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { type PullResult, pullModel } from '../../src/transfer/index.ts';
import { buildDockerModel } from '../support/dockerModel.ts';
import { type FakeRegistry, modelHandler, startFakeRegistry } from '../support/fakeRegistry.ts';
import { fileDigest } from '../support/fileDigest.ts';
import { largeGguf } from '../support/largeGguf.ts';
import { workerMover } from '../support/workerMover.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));
const MB = 1_000_000;
const SIZE = 24 * MB;
/** Bytes of the disk that becomes full. */
const DISK = 12 * MB;

/** Whether this user may mount; containers often have a root that may not. */
function whyNoMount(): string | false {
  if (process.platform !== 'linux') return 'only Linux has a tmpfs that is mounted in a folder';
  if (process.getuid?.() !== 0) return 'mounting needs root';
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'this root may not mount';
  }
}

describe('a full disk', () => {
  let server: FakeRegistry;
  let reference: Reference;
  let digest: string;
  let folder: string;
  const registry = new RegistryClient();
  const mover = workerMover();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-full-'));
    const path = join(folder, 'model.gguf');
    await largeGguf(path, FIXTURE, SIZE);
    const model = await buildDockerModel([path]);
    digest = model.layers[0]?.descriptor.digest ?? '';
    server = await startFakeRegistry(modelHandler(model));
    reference = parseReference(`${server.host}/ai/model`);
  });
  after(async () => {
    await mover.close();
    await registry.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Pulls past the look at the free space, as where another program takes it in the meantime. */
  function pull(store: ModelStore): Promise<PullResult> {
    return pullModel(reference, {
      registry,
      store,
      mover,
      retryBaseMs: 10,
      freeBytes: async () => Number.POSITIVE_INFINITY,
    });
  }

  async function assertRefused(store: ModelStore): Promise<void> {
    const asked = server.requests.length;
    await assert.rejects(pull(store), { code: 'disk-full', message: /disk.*(?:full|room|space)/is });
    assert.deepEqual(await store.references(), []);
    assert.ok(server.requests.length - asked < 12, 'it went on asking the registry');
  }

  async function assertPulled(store: ModelStore): Promise<PullResult> {
    const result = await pull(store);
    assert.equal(await fileDigest(store.blobPath(digest)), digest);
    assert.deepEqual(await readdir(join(store.root, 'ingest')), []);
    return result;
  }

  test('stops at once, keeps what is there, and goes on when there is room', {
    skip: whyNoMount(),
  }, async (t) => {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=700`, 'oci-models-test', disk]);
    t.after(() => execFileSync('umount', [disk]));
    const store = await ModelStore.open(join(disk, 'store'));
    try {
      await assertRefused(store);
      const state = await store.ingestState(digest);
      const there = state?.doneBytes ?? 0;
      assert.ok(there > 0.7 * DISK && there < DISK, `${there} bytes are there`);
      await assertRefused(store);
      execFileSync('mount', ['-o', `remount,size=${4 * SIZE}`, disk]);
      const { fetchedBytes, totalBytes } = await assertPulled(store);
      t.diagnostic(`${there} bytes were there, ${fetchedBytes} of ${totalBytes} were fetched afterwards`);
      assert.ok(fetchedBytes <= totalBytes - there, `${fetchedBytes} bytes were fetched again`);
    } finally {
      store.dispose();
    }
  });

  test('not one byte can be written', { skip: whyNoMount() }, async (t) => {
    const disk = join(folder, 'filled');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${4 * SIZE},mode=700`, 'oci-models-test', disk]);
    t.after(() => execFileSync('umount', [disk]));
    const store = await ModelStore.open(join(disk, 'store'));
    try {
      const filler = join(disk, 'filler');
      await assert.rejects(writeFile(filler, Buffer.alloc(5 * SIZE)), { code: 'ENOSPC' });
      await assertRefused(store);
      await rm(filler);
      await assertPulled(store);
    } finally {
      store.dispose();
    }
  });
});
