/** Nothing is asked of a registry before the user agreed, and the agreement is offered once. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, type TestContext, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { t as localized } from '../../../src/base/l10n.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { RegistryClient } from '../../../src/oci/index.ts';
import { KnownUpdates, type ListedModel } from '../../../src/session/index.ts';
import { until } from '../../support/until.ts';
import {
  answers,
  changeSetting,
  clearShown,
  replaceMembers,
  settingOf,
  shown,
} from '../../support/vscodeStub.ts';

const { Updates } = await import('../../../src/vscode/updates.ts');
const { settings } = await import('../../../src/vscode/window/settings.ts');
const { checkForUpdates } = await import('../../../src/vscode/commands/update/check.ts');

const SETTING = 'ociModels.updates.checkDaily';

function stored(name: string, more: object = {}): ListedModel {
  return {
    id: `docker.io/ai/${name}:x`,
    label: `${name}:x`,
    reference: { registry: 'docker.io', repository: `ai/${name}`, tag: 'x', ...more },
    manifestDigest: 'sha256:1',
    sizeBytes: 1e6,
  } as unknown as ListedModel;
}

interface Setup {
  readonly updates: InstanceType<typeof Updates>;
  readonly asked: string[];
  /** How often the models were listed, which every check begins with. */
  readonly lists: () => number;
  /** The further fields of what commands get. */
  readonly services: never;
  readonly pulled: unknown[];
  readonly registry: RegistryClient;
}

async function setup(t: TestContext, listed: readonly ListedModel[], isFresh = true): Promise<Setup> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-updates-'));
  const known = new KnownUpdates(folder, silentLog);
  t.after(async () => {
    known.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  const asked: string[] = [];
  let lists = 0;
  const registry = {
    describe: async ({ repository }: { repository: string }) => {
      asked.push(repository);
      return { mediaType: 'm', digest: isFresh ? 'sha256:2' : 'sha256:1', size: 3 };
    },
    resolve: async () => ({
      descriptor: { mediaType: 'm', digest: 'sha256:2', size: 3 },
      manifest: { config: undefined, layers: [{ mediaType: 'l', digest: 'sha256:l', size: 123_000_000 }] },
    }),
  } as unknown as RegistryClient;
  const memory = new Map<string, unknown>();
  const models = {
    list: async () => {
      lists++;
      return [...listed];
    },
  };
  const updates = new Updates({
    models,
    known,
    registry: () => registry,
    store: async () => ({ hasBlob: async () => false, isUnpacked: async () => false }),
    memory: {
      get: (key) => memory.get(key),
      update: async (key, value) => void memory.set(key, value),
    },
    log: silentLog,
  });
  const pulled: unknown[] = [];
  const pulls = {
    pull: async (reference: unknown) => void pulled.push(reference),
    pullTogether: async (wanted: readonly unknown[]) => void pulled.push(...wanted),
  };
  return {
    registry,
    updates,
    asked,
    lists: () => lists,
    pulled,
    services: { updates, models, pulls } as never,
  };
}

beforeEach(async () => {
  clearShown();
  await changeSetting(SETTING, undefined);
});

test('a registry is not asked before the user agreed, and then it is', async (t) => {
  const { updates, asked, lists } = await setup(t, [stored('a')]);
  let looks = 0;
  let agreed = false;
  const restore = replaceMembers(settings, {
    checksForUpdates: () => {
      looks++;
      return agreed;
    },
  });
  const daily = updates.startDaily({ delayMs: 0, everyMs: 1 });
  t.after(() => {
    daily.dispose();
    restore();
  });
  await until(() => looks > 5);
  assert.deepEqual([asked.length, lists()], [0, 0]);
  agreed = true;
  await until(() => lists() > 3);
  assert.deepEqual(asked, ['ai/a']);
});

test('the daily check is offered once, and agreeing turns the setting on', async (t) => {
  const { updates, asked } = await setup(t, []);
  const [button] = updates.firstOffer();
  assert.equal(button?.title, 'Check for Updates Daily');
  assert.deepEqual(updates.firstOffer(), []);
  assert.equal(settingOf(SETTING), undefined);
  await button?.run();
  assert.equal(settingOf(SETTING), true);
  assert.deepEqual(asked, []);
});

test('the daily check is not offered to a user who turned it on', async (t) => {
  const { updates } = await setup(t, []);
  await changeSetting(SETTING, true);
  assert.deepEqual(updates.firstOffer(), []);
});

async function said(): Promise<string> {
  const message = () => shown.find(({ name }) => /^show(Information|Warning)Message$/.test(name));
  await until(() => message() !== undefined);
  return String(message()?.args[0]);
}

test('a check by hand tells the size of the difference and updates on demand', async (t) => {
  const { services, pulled } = await setup(t, [stored('a')]);
  answers.push('Update');
  await checkForUpdates.run(services, undefined);
  assert.equal(await said(), 'a:x has a newer version (+123 MB).');
  await until(() => pulled.length > 0);
  assert.deepEqual(pulled, [stored('a').reference]);
});

test('a check by hand that fails for one reason says it, with what repairs it', async (t) => {
  for (const [names, error, expected, buttons] of [
    [
      ['a'],
      new ModelError('auth-required', localized('Sign in to r.example.'), { registry: 'r.example' }),
      'a:x could not be checked. Sign in to r.example.',
      ['Sign In', 'Show Log'],
    ],
    [
      ['a', 'b'],
      new ModelError('offline', localized('Cannot find docker.io (DNS).')),
      '2 models could not be checked. Cannot find docker.io (DNS).',
      ['Show Log'],
    ],
  ] as const) {
    clearShown();
    const { services, registry } = await setup(
      t,
      names.map((name) => stored(name)),
    );
    registry.describe = () => Promise.reject(error);
    await checkForUpdates.run(services, undefined);
    assert.equal(await said(), expected);
    const message = shown.find(({ name }) => name === 'showWarningMessage');
    assert.deepEqual(message?.args.slice(-buttons.length), buttons);
  }
});

test('a check by hand that fails for several reasons leads to the log', async (t) => {
  const { services, registry } = await setup(t, [stored('a'), stored('b')]);
  registry.describe = ({ repository }) =>
    Promise.reject(new ModelError('not-found', localized('{0} has no tag “x”.', repository)));
  await checkForUpdates.run(services, undefined);
  assert.equal(await said(), '2 models could not be checked; the log says why.');
});

test('a check by hand says which models are pinned', async (t) => {
  const { services, asked } = await setup(t, [stored('a'), stored('b', { digest: 'sha256:1' })], false);
  await checkForUpdates.run(services, undefined);
  assert.equal(
    await said(),
    'No newer versions were found. 1 model is pinned by its digest and has no updates.',
  );
  assert.deepEqual(asked, ['ai/a']);
});
