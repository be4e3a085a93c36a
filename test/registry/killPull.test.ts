/** Pulls that are killed, again and again, and go on in a new process. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseReference } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { fileDigest } from '../support/fileDigest.ts';
import { type LargeModel, pushLargeModel } from '../support/largeModel.ts';
import { runs } from '../support/longRuns.ts';
import { startMeteringProxy } from '../support/meteringProxy.ts';
import { startPull } from '../support/pullProcess.ts';
import { randomFrom } from '../support/random.ts';
import { testSeed } from '../support/seed.ts';

const MB = 1_000_000;
const SIZE = 300 * MB;
// A line that starved processes keep up with: on a busy machine what lies in the system's buffers would be measured.
const BYTES_PER_SECOND = 60 * MB;
const CONNECTIONS = 8;
const PULLS = runs(1, 2);
const KILLS_EACH = runs(6, 10);
/** Of the model, for each kill: what a busy system still buffers counts, and a download that began again would be half. */
const MAX_SHARE = 0.1;
const SEED = testSeed(20_261_121);
const skip = hasDockerRegistry() ? false : 'docker-registry is not installed';

describe('killed pulls', { skip }, () => {
  let server: DockerRegistry;
  let model: LargeModel;
  let folder: string;
  const random = randomFrom(SEED);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-kill-'));
    server = await startDockerRegistry();
    model = await pushLargeModel(server.host, 'ai/large', folder, SIZE);
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Kills one pull at each of `moments`, which are bytes of all answers, and lets the last process finish. */
  async function killedPull(root: string, moments: readonly number[]): Promise<number> {
    const proxy = await startMeteringProxy(server.host, { bytesPerSecond: BYTES_PER_SECOND });
    try {
      const reference = `${proxy.host}/ai/large`;
      for (const moment of moments) {
        const pull = startPull(reference, root, { connections: CONNECTIONS });
        proxy.whenSent(moment, pull.kill);
        const end = await pull.ended;
        assert.equal(end.kind, 'killed', `at ${moment} bytes: ${JSON.stringify(end)}`);
        const store = await ModelStore.open(root);
        assert.deepEqual(await store.references(), [], 'a model that is not there yet is listed');
        store.dispose();
      }
      const end = await startPull(reference, root, { connections: CONNECTIONS }).ended;
      assert.equal(end.kind, 'pulled', JSON.stringify(end));
      const store = await ModelStore.open(root);
      assert.equal(await fileDigest(store.blobPath(model.digest)), model.digest);
      assert.ok(await store.getReference(parseReference(reference)));
      assert.deepEqual(await readdir(join(store.root, 'ingest'), { recursive: true }), []);
      store.dispose();
      // Each process needs the manifest and, while it is not stored, the config.
      const small = (moments.length + 1) * (model.config.length + model.manifest.length);
      return proxy.sentBytes() - SIZE - small;
    } finally {
      await proxy.close();
      await rm(root, { recursive: true, force: true });
    }
  }

  test(`${PULLS * KILLS_EACH} × kill -9 in pulls of 300 MB with ${CONNECTIONS} connections`, async (t) => {
    let twice = 0;
    for (let pull = 0; pull < PULLS; pull++) {
      const moments = Array.from({ length: KILLS_EACH }, () => Math.floor(random() * SIZE));
      moments.sort((a, b) => a - b);
      twice += await killedPull(join(folder, `store-${pull}`), moments);
    }
    const kills = PULLS * KILLS_EACH;
    const share = twice / kills / SIZE;
    t.diagnostic(
      `seed ${SEED}: ${(twice / MB).toFixed(1)} MB crossed the wire twice, headers included: ` +
        `${(twice / MB / kills).toFixed(2)} MB or ${(100 * share).toFixed(2)} % of the model for each kill`,
    );
    assert.ok(share < MAX_SHARE, `${(100 * share).toFixed(2)} % are fetched twice after a kill`);
  });
});
