/** What a pull costs after another one from the same registry: no 401, no token and no handshake. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type CredentialSource,
  type Mirror,
  parseReference,
  RegistryClient,
} from '../../../src/oci/index.ts';
import { NetworkSender } from '../../../src/oci/network/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { type NetworkSnapshot, pullModel, type WorkerMoverOptions } from '../../../src/transfer/index.ts';
import { type BuiltModel, buildDockerModel } from '../../support/dockerModel.ts';
import { modelHandler, sendJson } from '../../support/fakeRegistry.ts';
import { largeGguf } from '../../support/largeGguf.ts';
import { workerMover } from '../../support/workerMover.ts';
import { type Authority, makeAuthority, type Pair } from '../oci/network/support.ts';

const FIXTURE = fileURLToPath(new URL('../../fixtures/tinycode-q8_0.gguf', import.meta.url));
/** Bytes: more than the fixture has, and less than two parts. */
const SIZE = 4_100_000;
/** One after the other, so that the first pull needs as many connections as the second. */
const LIMITS = { connections: 1, bytesPerSecond: 0 };

let folder: string;
let authority: Authority;
let pair: Pair;
let models: Readonly<Record<string, BuiltModel>>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oci-models-second-'));
  authority = await makeAuthority('second pull');
  pair = await authority.issue(['DNS:localhost']);
  await largeGguf(join(folder, 'a.gguf'), FIXTURE, SIZE);
  await largeGguf(join(folder, 'b.gguf'), FIXTURE, SIZE + 4096);
  await largeGguf(join(folder, 'c.gguf'), FIXTURE, SIZE + 8192);
  models = {
    a: await buildDockerModel([join(folder, 'a.gguf')]),
    b: await buildDockerModel([join(folder, 'b.gguf')]),
    c: await buildDockerModel([join(folder, 'c.gguf')]),
  };
});
after(async () => {
  await authority.remove();
  await rm(folder, { recursive: true, force: true });
});

/** What servers saw since it was last looked at. */
class Counts {
  requests = 0;
  refused = 0;
  tokens = 0;
  connections = 0;
  readonly scopes = new Set<string>();

  take(): Record<string, number> {
    const { requests, refused, tokens, connections } = this;
    this.requests = this.refused = this.tokens = this.connections = 0;
    return { requests, refused, tokens, connections };
  }
}

async function listen(t: TestContext, counts: Counts, listener: RequestListener): Promise<string> {
  const server: Server = createServer({ ...pair, keepAlive: true }, listener);
  server.keepAliveTimeout = 120_000;
  server.on('secureConnection', () => counts.connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

interface Setup {
  readonly counts: Counts;
  /** Host and port of the registry. */
  readonly registry: string;
  pull(name: string): Promise<void>;
}

/** A registry over TLS whose token server is another host, and a client and a mover as the extension has them. */
async function start(
  t: TestContext,
  options: (network: NetworkSnapshot) => Partial<WorkerMoverOptions> = () => ({}),
): Promise<Setup> {
  const counts = new Counts();
  const tokenServer = await listen(t, counts, (request, response) => {
    counts.tokens++;
    const url = new URL(request.url ?? '', 'https://token');
    for (const scope of url.searchParams.getAll('scope')) counts.scopes.add(scope);
    const login = request.headers.authorization === undefined ? '' : 'login-';
    sendJson(response, 200, { token: `${login}${url.searchParams.get('scope')}`, expires_in: 600 });
  });
  const registry = await listen(t, counts, (request, response) => {
    counts.requests++;
    const url = new URL(request.url ?? '', 'https://registry');
    const repository = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(url.pathname)?.[1] ?? '';
    if (request.headers.authorization?.endsWith(`repository:${repository}:pull`) !== true) {
      counts.refused++;
      const challenge = `Bearer realm="${tokenServer}/token",service="test"`;
      return sendJson(response, 401, {}, { 'www-authenticate': challenge });
    }
    const path = url.pathname;
    const model = Object.entries(models).find(
      ([tag, { configDescriptor, layers }]) =>
        path.endsWith(`/manifests/${tag}`) ||
        [configDescriptor, ...layers.map(({ descriptor }) => descriptor)].some(({ digest }) =>
          path.endsWith(digest),
        ),
    );
    return void modelHandler(model?.[1] ?? (models['a'] as BuiltModel))(request, response);
  });
  // A registry on this machine would be asked without TLS; a mirror is asked as its address says.
  const mirrors: Mirror[] = [{ address: registry }];
  const settings = { env: {}, systemCertificates: false, extraCaFile: authority.caFile };
  const sender = new NetworkSender({ settings: () => settings });
  const client = new RegistryClient({ sender, mirrors: () => mirrors });
  const network = { settings, preferEditor: false, mirrors, plainHttp: false, userAgent: 'test' };
  const mover = workerMover({ network: () => network, ...options(network) });
  const store = await ModelStore.open(await mkdtemp(join(folder, 'store-')));
  t.after(async () => {
    await mover.close();
    store.dispose();
    await client.close();
    await sender.close();
  });
  const pull = async (name: string): Promise<void> => {
    const reference = parseReference(`registry.invalid/${name}`);
    const { fetchedBytes } = await pullModel(reference, { registry: client, store, mover, limits: LIMITS });
    assert.ok(fetchedBytes > 0);
  };
  return { counts, registry: new URL(registry).host, pull };
}

describe('a second pull from a registry', () => {
  test('another tag: no 401, no token, no handshake', async (t) => {
    const { counts, pull } = await start(t);
    await pull('ai/model:a');
    const first = counts.take();
    // Each of the two threads has a client of its own.
    assert.equal(first['refused'], 2);
    assert.equal(first['tokens'], 2);
    await pull('ai/model:b');
    const { requests, ...second } = counts.take();
    assert.deepEqual(second, { refused: 0, tokens: 0, connections: 0 });
    assert.equal(requests, 3, 'the manifest, the config and the weights');
    assert.deepEqual([...counts.scopes], ['repository:ai/model:pull']);
  });

  test('another repository: its own token, and neither a 401 nor a handshake', async (t) => {
    const { counts, pull } = await start(t);
    await pull('ai/model:a');
    counts.take();
    await pull('ai/other:b');
    const { requests: _, ...second } = counts.take();
    assert.deepEqual(second, { refused: 0, tokens: 2, connections: 0 });
  });

  test('other settings: another client', async (t) => {
    let userAgent = 'one';
    const { counts, pull } = await start(t, (network) => ({ network: () => ({ ...network, userAgent }) }));
    await pull('ai/model:a');
    counts.take();
    userAgent = 'two';
    await pull('ai/model:b');
    const { requests: _, ...second } = counts.take();
    assert.deepEqual(
      second,
      { refused: 1, tokens: 1, connections: 2 },
      'of the thread; the other one is kept',
    );
  });
});

describe('logins of a thread', () => {
  test('are asked for with the repository, and again when they have changed', async (t) => {
    const asked: string[] = [];
    let change: (registry: string) => void = () => {};
    let isSignedIn = false;
    const credentials: CredentialSource = {
      get: async (registry, repository) => {
        asked.push(`${registry.replace(/:\d+$/, '')} ${repository}`);
        return isSignedIn ? { username: 'u', password: 'p' } : undefined;
      },
    };
    const onDidChangeLogin = (listener: typeof change): void => {
      change = listener;
    };
    const { counts, registry, pull } = await start(t, () => ({ credentials, onDidChangeLogin }));
    await pull('team/model:a');
    assert.deepEqual(asked, ['localhost team/model']);
    isSignedIn = true;
    counts.take();
    change('other.example');
    await pull('team/model:b');
    assert.equal(counts.take()['tokens'], 0, 'another registry’s login is not this one’s');
    change(registry);
    await pull('team/model:c');
    assert.deepEqual(asked, ['localhost team/model', 'localhost team/model']);
    assert.equal(counts.take()['tokens'], 1);
  });
});
