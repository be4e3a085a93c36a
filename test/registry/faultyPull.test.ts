/**
 * Fifty pulls, by seed, in parts over several connections from servers that do something wrong with some of them.
 * Each ends well, or with a sentence, in time; a wrong file never gets a name in the store; and what is there after
 * a failure is good enough to go on from.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isModelError, type ModelError } from '../../src/base/error.ts';
import { silentLog } from '../../src/base/log.ts';
import { parseReference, RegistryClient } from '../../src/oci/index.ts';
import { NetworkSender } from '../../src/oci/network/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { DEFAULT_LIMITS, LocalMover, pullModel } from '../../src/transfer/index.ts';
import { type BuiltModel, buildDockerModel } from '../support/dockerModel.ts';
import { type FakeRegistry, modelHandler, startFakeRegistry } from '../support/fakeRegistry.ts';
import { fileDigest } from '../support/fileDigest.ts';
import { largeGguf } from '../support/largeGguf.ts';
import { runs } from '../support/longRuns.ts';
import { randomFrom } from '../support/random.ts';
import { testSeed } from '../support/seed.ts';
import { damaged, FAULTS, honestly, type PartRequest, readRange } from './brokenParts.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));
const SIZE = 6_000_000;
const RUNS = runs(50, 300);
const AT_ONCE = 5;
const SEED = testSeed(20_261_123);
/** Milliseconds that one pull may take; stalls are given up long before. */
const WATCHDOG_MS = 120_000;
const STALL_MS = 300;
const RETRY_MS = 10;
/** Bytes of the buffers of connections in half of the runs: parts come in many pieces, in the same memory. */
const READ_BYTES = 64 * 1024;

type FaultName = keyof typeof FAULTS;
const NAMES = Object.keys(FAULTS) as FaultName[];
/** What a pull has to survive where it happens now and then. */
const HARMLESS: ReadonlySet<FaultName> = new Set([
  'cut',
  'stall',
  'unavailable',
  'otherRange',
  'otherTotal',
  'short',
  'shortUnknown',
  'whole',
  'signed',
]);

/** What goes wrong in one run. */
interface Plan {
  readonly names: readonly FaultName[];
  /** Share of the requests that are answered wrongly. */
  readonly share: number;
  /** Wrong answers at most. */
  readonly most: number;
  /** Where one bit is wrong in all answers; undefined where the registry's copy is right. */
  readonly damage: number | undefined;
}

function planOf(index: number, random: () => number): Plan {
  // Every fault has its turn, with others beside it in two of three runs.
  const names = [NAMES[index % NAMES.length] as FaultName];
  while (random() < 0.5) names.push(NAMES[Math.floor(random() * NAMES.length)] as FaultName);
  const share = [0.2, 0.5, 1][Math.floor(random() * 3)] ?? 1;
  const most = [1, 3, 4, Number.POSITIVE_INFINITY][Math.floor(random() * 4)] ?? 1;
  const damage = index % 10 === 9 ? Math.floor(random() * SIZE) : undefined;
  return { names, share, most, damage };
}

/** What has to come of a run; undefined where both are right. */
function expectation({ names, most, damage }: Plan): 'pulled' | 'digest-mismatch' | undefined {
  if (damage !== undefined)
    return most <= 4 && names.every((name) => HARMLESS.has(name)) ? 'digest-mismatch' : undefined;
  if (most === 1 && names.every((name) => name === 'corrupt' || HARMLESS.has(name))) return 'pulled';
  return most <= 4 && names.every((name) => HARMLESS.has(name)) ? 'pulled' : undefined;
}

describe('broken parts', () => {
  let model: BuiltModel;
  let content: Buffer;
  let digest: string;
  let folder: string;
  const ends = new Map<string, number>();
  const happened = new Map<FaultName, number>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-broken-'));
    const path = join(folder, 'model.gguf');
    await largeGguf(path, FIXTURE, SIZE);
    content = await readFile(path);
    model = await buildDockerModel([path]);
    digest = model.layers[0]?.descriptor.digest ?? '';
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** A registry and its CDN, which follow the plan while `isBroken`. */
  async function startServers(
    plan: Plan,
    random: () => number,
  ): Promise<{ registry: FakeRegistry; mend(): void; close(): Promise<void> }> {
    let isBroken = true;
    let faults = 0;
    const copy = plan.damage === undefined ? content : damaged(content, plan.damage);
    // One address for all until it ends, and no two ends in a row for one who asks again at once.
    const newAddress = (): { key: number; uses: number } => ({
      key: Math.floor(random() * 2 ** 32),
      uses: DEFAULT_LIMITS.connections + Math.floor(random() * 4),
    });
    let address = { key: 0, uses: 1 };
    const signed = (): string => `http://${cdn.host}/blob?signature=${address.key}`;
    const partOf = (request: IncomingMessage, response: ServerResponse): PartRequest => ({
      request,
      response,
      content: isBroken ? copy : content,
      ...readRange(request, content.length),
      random,
      signed,
    });
    const cdn = await startFakeRegistry((request, response) => {
      if (request.url !== `/blob?signature=${address.key}`) return void response.writeHead(403).end();
      address.uses--;
      if (address.uses < 0) {
        address = newAddress();
        return void response.writeHead(403).end();
      }
      honestly(partOf(request, response));
    });
    const answer = modelHandler(model);
    const registry = await startFakeRegistry((request, response) => {
      if (request.url?.endsWith(digest) !== true) return answer(request, response);
      const part = partOf(request, response);
      if (!isBroken || faults >= plan.most || random() >= plan.share) return honestly(part);
      faults++;
      const name = plan.names[Math.floor(random() * plan.names.length)] as FaultName;
      happened.set(name, (happened.get(name) ?? 0) + 1);
      return FAULTS[name](part);
    });
    return {
      registry,
      mend() {
        isBroken = false;
      },
      async close() {
        await registry.close();
        await cdn.close();
      },
    };
  }

  /** Every file in the store is what its name says. */
  async function checkStore(store: ModelStore): Promise<void> {
    const blobs = join(store.root, 'blobs', 'sha256');
    // The folder comes with the first blob.
    const names = await readdir(blobs).catch(() => []);
    for (const name of names) assert.equal(await fileDigest(join(blobs, name)), `sha256:${name}`);
  }

  async function run(index: number): Promise<void> {
    const seed = SEED + index;
    const random = randomFrom(seed);
    const plan = planOf(index, random);
    const what = `run ${index}, seed ${seed}, ${JSON.stringify(plan)}`;
    const servers = await startServers(plan, random);
    const readsLarge = index % 2 === 1;
    const registry = new RegistryClient({
      stallMs: STALL_MS,
      retryBaseMs: RETRY_MS,
      ...(readsLarge ? { sender: directSender() } : {}),
    });
    const store = await ModelStore.open(join(folder, `store-${index}`));
    const mover = new LocalMover({
      registry,
      log: silentLog,
      now: () => performance.now(),
      retryBaseMs: RETRY_MS,
      minPartBytes: 256 * 1024,
    });
    const reference = parseReference(`${servers.registry.host}/ai/model`);
    const pull = (): Promise<'pulled' | ModelError> =>
      pullModel(reference, { registry, store, mover, limits: DEFAULT_LIMITS }).then(
        () => 'pulled',
        (error: unknown) => {
          if (isModelError(error)) return error;
          throw new Error(`${what}: no ModelError`, { cause: error });
        },
      );
    try {
      const outcome = await inTime(pull(), what);
      const end = outcome === 'pulled' ? outcome : outcome.code;
      ends.set(end, (ends.get(end) ?? 0) + 1);
      await checkStore(store);
      const wanted = expectation(plan);
      if (wanted !== undefined) assert.equal(end, wanted, `${what}: ${String(outcome)}`);
      if (plan.damage !== undefined) assert.notEqual(end, 'pulled', what);
      assert.equal((await store.references()).length, outcome === 'pulled' ? 1 : 0, what);
      if (outcome !== 'pulled') assert.match(outcome.message, /^[\p{Lu}\d].*\.$/su, what);
      servers.mend();
      const again = await inTime(pull(), `${what}, once more`);
      assert.equal(again, 'pulled', `${what}: it does not go on: ${String(again)}`);
      assert.equal(await fileDigest(store.blobPath(digest)), digest, what);
      assert.deepEqual(await readdir(join(store.root, 'ingest')), [], what);
    } finally {
      store.dispose();
      await registry.close();
      await servers.close();
      await rm(store.root, { recursive: true, force: true });
    }
  }

  test(`${RUNS} runs by seed ${SEED}`, async (t) => {
    for (let first = 0; first < RUNS; first += AT_ONCE) {
      const batch = Array.from({ length: Math.min(AT_ONCE, RUNS - first) }, (_, index) => run(first + index));
      const failed = (await Promise.allSettled(batch)).find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    }
    const show = (counts: ReadonlyMap<string, number>): string =>
      [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
    t.diagnostic(`ends: ${show(ends)}; faults: ${show(happened)}`);
    for (const name of NAMES) assert.ok((happened.get(name) ?? 0) > 0, `${name} never happened`);
    assert.ok((ends.get('pulled') ?? 0) >= RUNS / 2, 'most of the runs should end well');
    assert.ok((ends.get('digest-mismatch') ?? 0) > 0);
  });
});

/** A sender whose connections read into one buffer each, as in the thread that moves bytes. */
function directSender(): NetworkSender {
  return new NetworkSender({
    settings: () => ({ env: {}, systemCertificates: false }),
    readBytes: READ_BYTES,
  });
}

/** @throws Error where it takes longer than the watchdog. */
async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  const cancel = new AbortController();
  const watchdog = delay(WATCHDOG_MS, undefined, { signal: cancel.signal }).then(() => {
    throw new Error(`${what}: still running after ${WATCHDOG_MS} ms`);
  });
  try {
    return await Promise.race([work, watchdog]);
  } finally {
    cancel.abort();
    watchdog.catch(() => {});
  }
}
