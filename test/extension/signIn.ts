import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { isModelError, ModelError } from '../../src/base/error.ts';
import { asLocalized } from '../../src/base/l10n.ts';
import { silentLog } from '../../src/base/log.ts';
import { Catalogue, Inspector } from '../../src/catalog/index.ts';
import { openCredentials } from '../../src/credentials/index.ts';
import type { RegistryClient } from '../../src/oci/index.ts';
import type { Session } from '../../src/session/index.ts';
import type { PullResult } from '../../src/transfer/index.ts';
import { parseHost, registryOf } from '../../src/vscode/commands/registry/argument.ts';
import { RegistriesView } from '../../src/vscode/views/registries/registriesView.ts';
import { Connections } from '../../src/vscode/window/connections.ts';
import { explain } from '../../src/vscode/window/errors.ts';
import { Machine } from '../../src/vscode/window/machine.ts';
import { buildDockerModel } from '../support/dockerModel.ts';
import { type DockerRegistry, HTPASSWD, LOGIN, startDockerRegistry } from '../support/dockerRegistry.ts';
import { type FakeRegistry, sendJson, startFakeRegistry } from '../support/fakeRegistry.ts';
import { pushModel } from '../support/pushModel.ts';
import { extension, REGISTRY } from './support.ts';

const noModels = {
  onDidChangeModels: () => () => {},
  list: async () => [],
} as unknown as Session;

const never = new AbortController().signal;

/** Connections with an empty secret storage, on a machine without any other login. */
function makeConnections(folder: string): {
  readonly connections: Connections;
  readonly kept: Map<string, string>;
} {
  const kept = new Map<string, string>();
  const connections = new Connections({
    secrets: {
      get: async (key) => kept.get(key),
      store: async (key, value) => void kept.set(key, value),
      delete: async (key) => void kept.delete(key),
    },
    userAgent: 'oci-models/test',
    log: silentLog,
    otherLogins: (own) => openCredentials({ own, environment: { env: {}, home: folder, platform: 'linux' } }),
  });
  return { connections, kept };
}

/** Answers the input boxes in their order while `work` runs. @returns their options. */
async function answering(
  answers: string[],
  work: () => Thenable<unknown>,
): Promise<vscode.InputBoxOptions[]> {
  const asked: vscode.InputBoxOptions[] = [];
  const original = vscode.window.showInputBox;
  const answer = async (options?: vscode.InputBoxOptions): Promise<string | undefined> => {
    asked.push(options ?? {});
    return answers.shift();
  };
  Object.assign(vscode.window, { showInputBox: answer });
  try {
    await work();
    return asked;
  } finally {
    Object.assign(vscode.window, { showInputBox: original });
  }
}

describe('Sign In to Registry', () => {
  let registry: DockerRegistry;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-signin-'));
    registry = await startDockerRegistry({ htpasswd: HTPASSWD });
    const { extensionPath } = await extension();
    const model = await buildDockerModel([join(extensionPath, 'test/fixtures/tinycode-q8_0.gguf')]);
    for (const tag of ['one', 'two']) await pushModel(registry.host, 'team/private', tag, model, LOGIN);
  });
  after(async () => {
    await vscode.commands.executeCommand('ociModels.registry.signOut', registry.host);
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('keeps a login only where the registry takes it', async () => {
    const { connections, kept } = makeConnections(folder);
    const wrong = connections.signIn(registry.host, { ...LOGIN, password: 'wrong' }, never);
    await assert.rejects(wrong, (error) => isModelError(error, 'auth-denied'));
    assert.equal(kept.size, 0);
    await assert.rejects(connections.client().repositories(registry.host), (error) =>
      isModelError(error, 'auth-required'),
    );
    assert.deepEqual(await connections.signIn(registry.host, LOGIN, never), { wasAsked: true });
    assert.deepEqual(await connections.client().repositories(registry.host), ['team/private']);
    assert.deepEqual(await connections.signedIn(), [registry.host]);
    assert.equal(await connections.signOut(registry.host), false);
    await assert.rejects(connections.client().repositories(registry.host), (error) =>
      isModelError(error, 'auth-required'),
    );
    assert.deepEqual(await connections.signIn(REGISTRY, LOGIN, never), { wasAsked: false });
    connections.dispose();
  });

  it('keeps no login for a server that is no registry, though it takes every login', async () => {
    const server = await startFakeRegistry((request, response) => {
      const isSignedIn = request.headers.authorization !== undefined;
      const challenge = isSignedIn ? {} : { 'www-authenticate': 'Basic realm="router"' };
      response.writeHead(isSignedIn ? 200 : 401, { 'content-type': 'text/html', ...challenge });
      response.end('<!doctype html><title>Router</title>');
    });
    const { connections, kept } = makeConnections(folder);
    await assert.rejects(connections.signIn(server.host, LOGIN, never), (error) => {
      assert.ok(isModelError(error, 'not-found'));
      assert.match(error.message, /is not a registry: it returned a web page \(“\u2068Router\u2069”\)/);
      return true;
    });
    assert.equal(kept.size, 0);
    connections.dispose();
    await server.close();
  });

  it('shows a registry that asks for a login as a row with Sign In', async () => {
    const { connections } = makeConnections(folder);
    const target = vscode.ConfigurationTarget.Workspace;
    const configuration = vscode.workspace.getConfiguration('ociModels');
    await configuration.update('registries', [registry.host], target);
    const client = (): RegistryClient => connections.client();
    const view = new RegistriesView({
      catalogue: new Catalogue({ folder: join(folder, 'lists'), registry: client, log: silentLog }),
      models: noModels,
      inspector: new Inspector({ registry: client }),
      machine: new Machine(async () => undefined),
      log: silentLog,
    });
    const [root] = await view.getChildren();
    const [row] = await view.getChildren(root);
    assert.ok(row);
    assert.equal((await view.getTreeItem(row)).contextValue, 'error;signIn');
    assert.equal(registryOf(row), registry.host);
    assert.equal(registryOf(root), registry.host);
    await connections.signIn(registry.host, LOGIN, never);
    view.refresh(row);
    assert.deepEqual(
      (await view.getChildren(root)).map((node) => node.kind),
      ['repository'],
    );
    await configuration.update('registries', [REGISTRY], target);
    view.dispose();
    connections.dispose();
  });

  it('asks for the user name and, hidden, the password, and then the model can be pulled', async () => {
    const pull = (tag: string): Thenable<PullResult | undefined> =>
      vscode.commands.executeCommand('ociModels.model.pull', `${registry.host}/team/private:${tag}`);
    const signIn = (): Thenable<unknown> =>
      vscode.commands.executeCommand('ociModels.registry.signIn', registry.host);
    assert.equal(await pull('one'), undefined);
    await answering([LOGIN.username, 'wrong'], signIn);
    assert.equal(await pull('one'), undefined);
    const asked = await answering([LOGIN.username, LOGIN.password], signIn);
    assert.deepEqual(
      asked.map(({ password }) => password ?? false),
      [false, true],
    );
    const result = await pull('one');
    assert.match(result?.manifestDigest ?? '', /^sha256:/);
    await vscode.commands.executeCommand('ociModels.registry.signOut', registry.host);
    assert.equal(await pull('two'), undefined);
  });

  describe('where a token server refuses a login', () => {
    let server: FakeRegistry;
    before(async () => {
      server = await startFakeRegistry((request, response) => {
        const { pathname } = new URL(request.url ?? '', 'http://registry');
        const authorization = request.headers.authorization ?? '';
        if (pathname === '/token') {
          if (authorization !== '') return sendJson(response, 401, {});
          return sendJson(response, 200, { token: 'anonymous' });
        }
        if (authorization === 'Bearer anonymous')
          return sendJson(response, 200, { name: 'a/b', tags: ['one'] });
        const challenge = `Bearer realm="http://${server.host}/token",service="test"`;
        return sendJson(response, 401, {}, { 'www-authenticate': challenge });
      });
    });
    after(() => server.close());

    it('does not take anonymous access for a sign-in', async () => {
      const { connections, kept } = makeConnections(folder);
      await assert.rejects(connections.signIn(server.host, LOGIN, never), (error) => {
        assert.ok(isModelError(error, 'auth-denied'));
        assert.match(error.message, /Wrong user name or password/);
        return true;
      });
      assert.equal(kept.size, 0);
      connections.dispose();
    });

    it('still reaches what is public with a login that has ended, and warns once with Sign In', async () => {
      const { connections, kept } = makeConnections(folder);
      kept.set(`ociModels.login:${server.host}`, JSON.stringify(LOGIN));
      const warnings: unknown[][] = [];
      const original = vscode.window.showWarningMessage;
      const warn = async (...shown: unknown[]): Promise<undefined> => void warnings.push(shown);
      Object.assign(vscode.window, { showWarningMessage: warn });
      try {
        for (let n = 0; n < 2; n++) {
          assert.deepEqual(await connections.client().tags(server.host, 'a/b'), ['one']);
        }
      } finally {
        Object.assign(vscode.window, { showWarningMessage: original });
      }
      assert.equal(warnings.length, 1);
      assert.match(String(warnings[0]?.[0]), new RegExp(`^${server.host} refused the saved login`));
      assert.equal(warnings[0]?.[1], 'Sign In');
      connections.dispose();
    });
  });

  it('is the button of an error that asks for it', () => {
    const error = new ModelError('auth-required', asLocalized('Sign in.'), { registry: 'ghcr.io' });
    assert.deepEqual(explain(error)?.repairs[0], {
      title: 'Sign In',
      command: 'ociModels.registry.signIn',
      arguments: ['ghcr.io'],
    });
  });

  it('takes a host as people type and paste it', () => {
    const hosts: readonly [text: string, host: string][] = [
      ['ghcr.io', 'ghcr.io'],
      [' GHCR.io ', 'ghcr.io'],
      ['https://ghcr.io/v2/', 'ghcr.io'],
      ['ghcr.io/org/model', 'ghcr.io'],
      ['localhost:5000', 'localhost:5000'],
      ['hub.docker.com', 'docker.io'],
      ['index.docker.io', 'docker.io'],
      ['https://hub.docker.com/u/someone', 'docker.io'],
    ];
    for (const [text, host] of hosts) assert.equal(parseHost(text), host);
    for (const text of ['', 'a b', 'https://', '-x.example', 'x:y', 'user:pass@ghcr.io']) {
      assert.throws(
        () => parseHost(text),
        (error) => isModelError(error, 'reference-invalid'),
      );
    }
  });
});
