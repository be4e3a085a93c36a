/** Enter on rows, and the commands of rows that failed or have no tag. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { cancelledError, ModelError } from '../../../../src/base/error.ts';
import { asLocalized } from '../../../../src/base/l10n.ts';
import type { CommandServices } from '../../../../src/vscode/commands/services.ts';
import type { LocalNode } from '../../../../src/vscode/views/local/localView.ts';
import type { RegistriesNode } from '../../../../src/vscode/views/registries/registriesView.ts';
import { answers, clearShown, shown } from '../../../support/vscodeStub.ts';

const { openRow } = await import('../../../../src/vscode/commands/view/open.ts');
const { inspectModel } = await import('../../../../src/vscode/commands/model/inspect.ts');
const { retry } = await import('../../../../src/vscode/commands/view/retry.ts');
const { copyReference } = await import('../../../../src/vscode/commands/model/copyReference.ts');
const { pullModel } = await import('../../../../src/vscode/commands/model/pull.ts');
const { LocalView } = await import('../../../../src/vscode/views/local/localView.ts');
const { RegistriesView } = await import('../../../../src/vscode/views/registries/registriesView.ts');

beforeEach(clearShown);

const ENTRY = { host: 'docker.io', namespace: 'ai' };
const REFERENCE = { registry: 'docker.io', repository: 'ai/m', tag: 'x' };
const REPOSITORY = { kind: 'repository', entry: ENTRY, repository: 'ai/m' } as const;

/** Rows of which only what Enter looks at is there. */
const LOCAL = {
  model: { kind: 'model', model: { id: 'docker.io/ai/m:x' } },
  served: { kind: 'endpointModel', model: { id: 'x' } },
  paused: { kind: 'download', download: { id: 'a', reference: REFERENCE } },
  running: { kind: 'download', download: { id: 'a', reference: REFERENCE, active: 'this-process' } },
  nameless: { kind: 'download', download: { id: 'sha256:a' } },
  group: { kind: 'modelGroup', id: 'docker.io/ai/m' },
  failure: { kind: 'error', message: 'x', parent: undefined },
} as unknown as Record<string, LocalNode>;
const REGISTRIES = {
  tag: { kind: 'tag', entry: ENTRY, reference: REFERENCE, bytes: undefined },
  repository: REPOSITORY,
  registry: { kind: 'registry', text: 'docker.io/ai', entry: ENTRY },
  filter: { kind: 'filter', text: 'a' },
  failure: { kind: 'error', message: 'x', registry: undefined, parent: REPOSITORY },
  locked: { kind: 'error', message: 'x', registry: 'r.example', parent: REPOSITORY },
  empty: { kind: 'empty', message: 'x' },
} as unknown as Record<string, RegistriesNode>;

/** Presses Enter. @returns the commands that ran, those of rows with the row. */
async function enter(view: 'local' | 'registries', selected: readonly unknown[]): Promise<unknown[][]> {
  const services = {
    localView: LocalView.prototype,
    registriesView: RegistriesView.prototype,
    selectedLocal: () => selected,
    selectedInRegistries: () => selected,
  } as unknown as CommandServices;
  await openRow.run(services, { view });
  return shown.filter(({ name }) => name === 'executeCommand').map(({ args }) => [...args]);
}

describe('Enter', () => {
  for (const [view, rows, commands] of [
    [
      'local',
      LOCAL,
      {
        model: 'model.inspect',
        served: 'model.inspect',
        paused: 'download.resume',
        running: undefined,
        nameless: undefined,
        group: undefined,
        failure: 'view.retry',
      },
    ],
    [
      'registries',
      REGISTRIES,
      {
        tag: 'model.inspect',
        repository: undefined,
        registry: undefined,
        filter: 'registry.filter',
        failure: 'view.retry',
        locked: 'registry.signIn',
        empty: undefined,
      },
    ],
  ] as const) {
    for (const [name, command] of Object.entries(commands)) {
      test(`on ${name} in ${view}: selects first, then ${command ?? 'nothing more'}`, async () => {
        const row = (rows as Record<string, unknown>)[name];
        assert.ok(row !== undefined);
        assert.deepEqual(await enter(view, [row]), [
          ['list.select'],
          ...(command === undefined ? [] : [[`ociModels.${command}`, row]]),
        ]);
      });
    }
  }

  test('runs nothing on several rows, or on none', async () => {
    assert.deepEqual(await enter('local', [LOCAL['model'], LOCAL['paused']]), [['list.select']]);
    clearShown();
    assert.deepEqual(await enter('registries', []), [['list.select']]);
  });

  test('is for rows that have the keyboard, and not for a box among them', () => {
    assert.ok(Array.isArray(openRow.keybinding));
    for (const { key, when, args } of openRow.keybinding) {
      assert.equal(key, 'enter');
      assert.match(
        when,
        new RegExp(`^focusedView == ociModels\\.${args.view} && listFocus && !inputFocus\\b`),
      );
    }
    assert.equal(openRow.keybinding.length, 2);
  });
});

describe('Retry', () => {
  const asked = async (row: unknown): Promise<unknown[]> => {
    const calls: unknown[] = [];
    const services = {
      models: { refresh: () => calls.push('models') },
      registriesView: { refresh: (node: unknown) => calls.push(node) },
    } as unknown as CommandServices;
    await retry.run(services, row);
    return calls;
  };

  test('reads the store again, whose failure is at the top', async () => {
    assert.deepEqual(await asked(LOCAL['failure']), ['models']);
  });

  test('asks a registry again for the rows that could not be had', async () => {
    assert.deepEqual(await asked(REGISTRIES['failure']), [REGISTRIES['failure']]);
  });
});

test('Inspect on a model of an endpoint shows what its server has told', async () => {
  const model = {
    id: 'endpoint:http://e.example#m',
    model: 'm',
    label: 'm (here)',
    endpoint: { name: 'here', url: 'http://e.example' },
    contextTokens: 4096,
    abilities: { tools: true },
  };
  answers.push((items: readonly { label: string }[]) => items.find(({ label }) => label === 'Abilities'));
  await inspectModel.run({ models: { find: async () => model } } as unknown as CommandServices, {
    kind: 'endpointModel',
    model,
  });
  await new Promise((resolve) => setImmediate(resolve));
  const [list, copied] = shown;
  const items = list?.args[0] as readonly { label: string; description?: string }[];
  assert.deepEqual(
    items.slice(1).map(({ label, description }) => [label, description]),
    [
      ['Model', 'm'],
      ['Endpoint', 'here, http://e.example'],
      ['Context', '4,096 tokens'],
      ['Abilities', 'tools'],
    ],
  );
  assert.deepEqual(copied, { name: 'writeText', args: ['tools'] });
});

describe('Inspect on a tag whose registry does not answer', () => {
  const failure = new ModelError('offline', asLocalized('docker.io does not answer.'));
  const inspect = async (
    error: ModelError,
    stored: readonly unknown[] | ModelError,
    factsOf: () => Promise<unknown> = async () => [['Size', '4.0 MB']],
  ): Promise<unknown> => {
    const services = {
      inspector: { inspect: async () => Promise.reject(error) },
      models: {
        findStored: async (id: string) => {
          if (stored instanceof ModelError) throw stored;
          return stored.find((model) => (model as { id: string }).id === id);
        },
      },
      localView: { factsOf },
      output: { warn: () => {} },
    } as unknown as CommandServices;
    return inspectModel.run(services, REGISTRIES['tag']);
  };

  test('shows what this machine knows of the model, below the reason', async () => {
    assert.equal(await inspect(failure, [{ id: 'docker.io/ai/m:x' }]), undefined);
    const items = shown.at(-1)?.args[0] as readonly { label: string; description?: string }[];
    assert.deepEqual(
      items.slice(1).map(({ label, description }) => [label, description]),
      [
        ['From this machine, because', 'docker.io does not answer.'],
        ['Size', '4.0 MB'],
      ],
    );
  });

  test('tells the failure if another tag is here, or if the store cannot be read', async () => {
    await assert.rejects(inspect(failure, [{ id: 'docker.io/ai/m:y' }]), failure);
    await assert.rejects(inspect(failure, new ModelError('store-error', asLocalized('x'))), failure);
    const unreadable = () => Promise.reject(new Error('EACCES'));
    await assert.rejects(inspect(failure, [{ id: 'docker.io/ai/m:x' }], unreadable), failure);
  });

  test('shows nothing after Cancel', async () => {
    const cancelled = cancelledError();
    await assert.rejects(inspect(cancelled, [{ id: 'docker.io/ai/m:x' }]), cancelled);
  });
});

describe('a row of a repository', () => {
  test('copies its name', async () => {
    await copyReference.run({} as CommandServices, REPOSITORY);
    assert.deepEqual(
      shown.map(({ name, args }) => [name, ...args]),
      [['writeText', 'docker.io/ai/m']],
    );
  });

  test('asks which of its tags to pull', async () => {
    const services = {
      recentNames: { all: [] },
      machine: { memory: async () => ({ availableBytes: 3e9, totalBytes: 8e9, gpu: undefined }) },
      connections: { client: () => assert.fail('nobody is asked before a moment has passed') },
    } as unknown as CommandServices;
    const pulled = pullModel.run(services, REPOSITORY);
    const box = shown.at(-1)?.args[0] as { value: string; hide(): void };
    assert.equal(box.value, 'docker.io/ai/m');
    box.hide();
    assert.equal(await pulled, undefined);
  });
});
