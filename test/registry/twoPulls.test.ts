/** Two processes that pull the same reference into the same store at the same time. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ModelStore } from '../../src/store/index.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { fileDigest } from '../support/fileDigest.ts';
import { type LargeModel, pushLargeModel } from '../support/largeModel.ts';
import { runs } from '../support/longRuns.ts';
import { type MeteringProxy, startMeteringProxy } from '../support/meteringProxy.ts';
import { type PullProcess, startPull } from '../support/pullProcess.ts';
import { randomFrom } from '../support/random.ts';
import { testSeed } from '../support/seed.ts';

const MB = 1_000_000;
const SIZE = 160 * MB;
const BYTES_PER_SECOND = 100 * MB;
const ROUNDS = runs(4, 10);
/** Bytes of the first one's progress that the second one has to show while it looks on. */
const SEEN_BYTES = 0.1 * SIZE;
/** Milliseconds in which the second process goes on after the first was killed. */
const TAKE_OVER_MS = 60_000;
/** Of the model, for each round: what a busy system still buffers counts, and a second download would be a quarter. */
const MAX_SHARE = 0.1;
const SEED = testSeed(20_261_122);
const skip = hasDockerRegistry() ? false : 'docker-registry is not installed';

/** Whether a process downloads: the other one only looks on. */
function downloads({ reports }: PullProcess): boolean {
  return (reports.at(-1)?.fetchedBytes ?? 0) > MB;
}

/** How far a process says the download is. */
function shown({ reports }: PullProcess): number {
  return reports.at(-1)?.doneBytes ?? 0;
}

async function until(condition: () => boolean, what: string, pulls: readonly PullProcess[]): Promise<void> {
  const end = performance.now() + TAKE_OVER_MS;
  while (!condition()) {
    for (const { failure } of pulls) assert.equal(failure, undefined);
    assert.ok(performance.now() < end, `${what} took too long`);
    await delay(2);
  }
}

describe('two pulls at once', { skip }, () => {
  let server: DockerRegistry;
  let model: LargeModel;
  let folder: string;
  const random = randomFrom(SEED);
  /** Bytes of all rounds beyond one download each, and milliseconds of each take-over. */
  let twice = 0;
  const takeOvers: number[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-two-'));
    server = await startDockerRegistry();
    model = await pushLargeModel(server.host, 'ai/large', folder, SIZE);
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function checkStore(root: string): Promise<void> {
    const store = await ModelStore.open(root);
    assert.equal((await store.references()).length, 1);
    assert.equal(await fileDigest(store.blobPath(model.digest)), model.digest);
    assert.deepEqual(await readdir(join(root, 'ingest'), { recursive: true }), []);
    store.dispose();
  }

  /** Both begin; where `killAt` is given, the one that downloads is killed there. */
  async function round(proxy: MeteringProxy, root: string, killAt: number | undefined): Promise<void> {
    const reference = `${proxy.host}/ai/large`;
    const pulls = [startPull(reference, root), startPull(reference, root)] as const;
    const ends = Promise.all(pulls.map(({ ended }) => ended));
    await until(() => pulls.some(downloads), 'the first bytes', pulls);
    const leader = downloads(pulls[0]) ? pulls[0] : pulls[1];
    const follower = leader === pulls[0] ? pulls[1] : pulls[0];
    // Where the machine is busy one process may be up long before the other: the line waits for it.
    proxy.holdAt(2 * SEEN_BYTES, () => shown(follower) > SEEN_BYTES);
    if (killAt !== undefined) {
      await until(() => shown(leader) >= killAt, 'the moment of the kill', pulls);
      leader.kill();
      const killedAt = performance.now();
      await leader.ended;
      await until(() => downloads(follower), 'taking over', [follower]);
      takeOvers.push(performance.now() - killedAt);
    }
    await ends;
    const { kind } = await follower.ended;
    assert.equal(kind, 'pulled');
    assert.equal((await leader.ended).kind, killAt === undefined ? 'pulled' : 'killed');
    // The second one showed what the first one had before it had fetched anything itself.
    const looked = follower.reports.filter(({ fetchedBytes }) => fetchedBytes < MB);
    const seen = Math.max(0, ...looked.map(({ doneBytes }) => doneBytes));
    assert.ok(seen > SEEN_BYTES, `the second one showed ${seen} bytes at most while it looked on`);
    const backwards = follower.reports.some(
      ({ doneBytes }, index, all) => doneBytes < (all[index - 1]?.doneBytes ?? 0),
    );
    assert.ok(!backwards, 'progress ran backwards');
  }

  async function measuredRound(t: TestContext, index: number): Promise<void> {
    const proxy = await startMeteringProxy(server.host, { bytesPerSecond: BYTES_PER_SECOND });
    const root = join(folder, `store-${index}`);
    t.after(() => proxy.close());
    t.after(() => rm(root, { recursive: true, force: true }));
    await round(proxy, root, index % 2 === 0 ? undefined : (0.2 + 0.5 * random()) * SIZE);
    await checkStore(root);
    // Each process needs the manifest and the config.
    twice += proxy.sentBytes() - SIZE - 2 * (model.config.length + model.manifest.length);
  }

  for (let index = 0; index < ROUNDS; index++) {
    const what = index % 2 === 0 ? 'both to their end' : 'the first is killed';
    test(`round ${index + 1}: ${what}`, (t) => measuredRound(t, index));
  }

  test(`one download's worth of bytes in all rounds`, (t) => {
    const share = twice / ROUNDS / SIZE;
    const slowest = Math.max(...takeOvers);
    t.diagnostic(
      `seed ${SEED}: ${(twice / MB).toFixed(1)} MB, or ${(100 * share).toFixed(2)} %, beyond one download a round, ` +
        `headers included; taking over took ${slowest.toFixed(0)} ms at most`,
    );
    assert.equal(takeOvers.length, ROUNDS / 2);
    assert.ok(share < MAX_SHARE, `${(100 * share).toFixed(2)} % more than one download`);
    assert.ok(slowest < TAKE_OVER_MS, `taking over took ${slowest} ms`);
  });
});
