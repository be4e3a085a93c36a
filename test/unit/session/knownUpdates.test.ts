/** Results of checks are kept, belong to the content that was pulled, and are asked for once a day. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { t as localized } from '../../../src/base/l10n.ts';
import { silentLog } from '../../../src/base/log.ts';
import { type CheckedModel, KnownUpdates, type LookUp } from '../../../src/session/index.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

interface Setup {
  readonly known: KnownUpdates;
  readonly asked: string[];
  readonly clock: { now: number };
  readonly answers: Map<string, Awaited<ReturnType<LookUp<CheckedModel>>> | ModelError>;
  look(models: readonly CheckedModel[], onlyDue?: boolean): ReturnType<KnownUpdates['check']>;
  reopened(): KnownUpdates;
}

async function setup(t: TestContext): Promise<Setup> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-updates-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const clock = { now: 10 * DAY_MS };
  const open = (): KnownUpdates => {
    const known = new KnownUpdates(folder, silentLog, () => clock.now);
    t.after(() => known.dispose());
    return known;
  };
  const known = open();
  const asked: string[] = [];
  const answers: Setup['answers'] = new Map();
  const look: Setup['look'] = (models, onlyDue = false) =>
    known.check(models, {
      onlyDue,
      lookUp: async ({ id }, { current }) => {
        asked.push(`${id} ${current}`);
        const answer = answers.get(id);
        if (answer === undefined || answer instanceof ModelError) throw answer ?? new Error('no answer');
        return answer;
      },
    });
  return { known, asked, clock, answers, look, reopened: open };
}

function model(name: string, manifestDigest = 'sha256:1', digest?: string): CheckedModel {
  const reference = { registry: 'docker.io', repository: `ai/${name}`, tag: 'x' };
  const pinned = digest === undefined ? reference : { ...reference, digest };
  return { id: `docker.io/ai/${name}:x`, reference: pinned, manifestDigest };
}

test('an update is known to all windows until the model has other content', async (t) => {
  const { known, answers, look, clock, reopened } = await setup(t);
  assert.equal(await known.of(model('a')), undefined);
  answers.set('docker.io/ai/a:x', { seen: 'sha256:2', missingBytes: 700 });
  const { updates, checked } = await look([model('a')]);
  assert.deepEqual([updates[0]?.addedBytes, updates.length, checked], [700, 1, 1]);
  const state = { missingBytes: 700, checkedAt: clock.now };
  assert.deepEqual(await reopened().of(model('a')), state);
  assert.equal(await known.of(model('a', 'sha256:2')), undefined);
});

test('a model that is pinned by its digest is not asked for', async (t) => {
  const { asked, look } = await setup(t);
  assert.equal((await look([model('a', 'sha256:1', 'sha256:1')])).checked, 0);
  assert.deepEqual(asked, []);
});

test('a daily check asks once a day, and a check by hand always', async (t) => {
  const { answers, asked, look, clock } = await setup(t);
  answers.set('docker.io/ai/a:x', { seen: 'sha256:i', missingBytes: undefined });
  await look([model('a')], true);
  clock.now += DAY_MS - 1;
  await look([model('a')], true);
  assert.equal(asked.length, 1);
  await look([model('a')]);
  assert.equal(asked.length, 2);
  clock.now += DAY_MS;
  await look([model('a')], true);
  // The digest of the tag is known to be current by then, so a HEAD is enough.
  assert.deepEqual(
    asked,
    ['undefined', 'sha256:i', 'sha256:i'].map((known) => `docker.io/ai/a:x ${known}`),
  );
});

test('a registry that fails stops no other model, keeps what was known, and is left alone for a day', async (t) => {
  const { known, answers, asked, look, clock } = await setup(t);
  answers.set('docker.io/ai/a:x', { seen: 'sha256:2', missingBytes: 5 });
  answers.set('docker.io/ai/b:x', { seen: 'sha256:1', missingBytes: undefined });
  await look([model('a')]);
  const before = await known.of(model('a'));
  clock.now += DAY_MS;
  answers.set('docker.io/ai/a:x', new ModelError('offline', localized('No connection.')));
  const report = await look([model('a'), model('b')], true);
  assert.deepEqual([report.failures.length, report.checked], [1, 2]);
  assert.deepEqual(await known.of(model('a')), before);
  asked.length = 0;
  await look([model('a'), model('b')], true);
  assert.deepEqual(asked, []);
});

test('a canceled check ends, and models that are gone are forgotten', async (t) => {
  const { known, answers, look } = await setup(t);
  answers.set('docker.io/ai/a:x', new ModelError('cancelled', localized('Canceled.')));
  await assert.rejects(look([model('a'), model('b')]), { code: 'cancelled' });
  answers.set('docker.io/ai/a:x', { seen: 'sha256:2', missingBytes: 5 });
  await look([model('a')]);
  await known.prune([model('b')]);
  assert.equal(await known.of(model('a')), undefined);
});

test('content of several updates counts once', async (t) => {
  const { known, answers, look } = await setup(t);
  const weights = { digest: 'sha256:w', size: 1000 };
  const found = (...missing: readonly { digest: string; size: number }[]) => ({
    seen: 'sha256:2',
    missing,
    missingBytes: missing.reduce((sum, { size }) => sum + size, 0),
  });
  answers.set('docker.io/ai/a:x', found(weights, { digest: 'sha256:a', size: 1 }));
  answers.set('docker.io/ai/b:x', found({ digest: 'sha256:b', size: 20 }, weights));
  answers.set('docker.io/ai/c:x', found(weights));
  answers.set('docker.io/ai/d:x', { seen: 'sha256:2', missingBytes: undefined });
  const { updates } = await look(['a', 'b', 'c', 'd'].map((name) => model(name)));
  assert.deepEqual(
    updates.map(({ addedBytes }) => addedBytes),
    [1001, 20, 0],
  );
  // A row tells what its own update downloads.
  assert.equal((await known.of(model('b')))?.missingBytes, 1020);
});
