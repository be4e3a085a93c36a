/** Signing out is offered where a login is saved, and nowhere else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../../src/base/log.ts';
import type { RegistriesViewServices } from '../../../../src/vscode/views/registries/view.ts';
import { clearShown, shown } from '../../../support/vscodeStub.ts';

const { SavedLogins } = await import('../../../../src/vscode/window/savedLogins.ts');
const { RegistriesView } = await import('../../../../src/vscode/views/registries/registriesView.ts');

type Listener = () => void;

/** Logins whose registries are `hosts`, with what tells that they changed here or in another window. */
function stage(hosts: readonly string[] | Error) {
  const listeners: { here?: Listener; elsewhere?: Listener } = {};
  const state = { hosts };
  const on = (where: 'here' | 'elsewhere') => (listener: Listener) => {
    listeners[where] = listener;
    return { dispose: () => delete listeners[where] };
  };
  const logins = new SavedLogins({
    connections: {
      signedIn: async () => {
        if (state.hosts instanceof Error) throw state.hosts;
        return [...state.hosts];
      },
      onDidChangeLogin: on('here') as never,
    },
    secrets: { onDidChange: on('elsewhere') as never },
    log: silentLog,
  });
  return { logins, state, listeners };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const keys = () => shown.filter(({ args: [name] }) => name === 'setContext').map(({ args }) => args.slice(1));

test('they follow this window and others, and tell only what changed', async () => {
  clearShown();
  const { logins, state, listeners } = stage([]);
  let changes = 0;
  logins.onDidChange(() => changes++);
  await logins.refresh();
  assert.deepEqual([keys(), changes], [[], 0]);

  state.hosts = ['docker.io'];
  listeners.here?.();
  await settled();
  assert.equal(logins.has('docker.io'), true);
  assert.equal(logins.has('ghcr.io'), false);
  assert.deepEqual([keys(), changes], [[['ociModels.signedIn', true]], 1]);
  listeners.elsewhere?.();
  await settled();
  assert.equal(changes, 1);

  state.hosts = new Error('the key ring is locked');
  listeners.elsewhere?.();
  await settled();
  assert.equal(logins.has('docker.io'), true, 'what cannot be read stays as it was');

  state.hosts = [];
  listeners.elsewhere?.();
  await settled();
  assert.deepEqual(keys().at(-1), ['ociModels.signedIn', false]);
  logins.dispose();
  assert.deepEqual(listeners, {});
});

test('a registry has the word of its login, under whichever name the registry has', async () => {
  const { logins } = stage(['docker.io']);
  await logins.refresh();
  const view = new RegistriesView({
    models: { onDidChangeModels: () => () => {} },
    logins,
  } as unknown as RegistriesViewServices);
  let redrawn = 0;
  view.onDidChangeTreeData(() => redrawn++);
  const words = async (host: string) =>
    (await view.getTreeItem({ kind: 'registry', text: host, entry: { host, namespace: undefined } }))
      .contextValue;
  assert.equal(await words('index.docker.io'), 'registry;signedIn');
  assert.equal(await words('ghcr.io'), 'registry');
  view.dispose();
});
