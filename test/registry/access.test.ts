/** docker-registry behind a token server, with TLS of a private authority, and with skopeo on the other side. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import { parseReference, RegistryClient, type RegistryClientOptions } from '../../src/oci/index.ts';
import { makeCertificate } from '../support/certificates.ts';
import { buildDockerModel } from '../support/dockerModel.ts';
import { hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { pushBuiltModel } from '../support/pushBuilt.ts';
import { startTokenServer } from '../support/tokenServer.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));
const skip = hasDockerRegistry() ? false : 'docker-registry is not installed';
const LOGIN = { username: 'robot$ci', password: 'tok:en with space' };

function clientOf(
  options: RegistryClientOptions,
  cleanUp: (end: () => Promise<void>) => void,
): RegistryClient {
  const client = new RegistryClient({ retryBaseMs: 5, ...options });
  cleanUp(() => client.close());
  return client;
}

describe('a registry behind a token server', { skip }, () => {
  test('push, pull and list with a login, and what is open without one', async (t) => {
    const tokens = await startTokenServer({ login: LOGIN, open: ['open/'] });
    t.after(() => tokens.close());
    const server = await startDockerRegistry({ token: tokens });
    t.after(() => server.close());
    const user = clientOf({ credentials: { get: async () => LOGIN } }, (end) => t.after(end));
    const model = await buildDockerModel([FIXTURE]);
    for (const name of ['open/m', 'closed/m']) {
      await pushBuiltModel(user, parseReference(`${server.host}/${name}:v1`), model);
    }
    assert.deepEqual(await user.repositories(server.host), ['closed/m', 'open/m']);
    assert.deepEqual(await user.tags(server.host, 'closed/m'), ['v1']);
    await user.ping(server.host);

    const guest = clientOf({}, (end) => t.after(end));
    const open = parseReference(`${server.host}/open/m:v1`);
    assert.deepEqual((await guest.resolve(open)).bytes, model.manifest);
    const closed = parseReference(`${server.host}/closed/m:v1`);
    await assert.rejects(guest.resolve(closed), { code: 'auth-required' });
    await assert.rejects(pushBuiltModel(guest, parseReference(`${server.host}/open/m:v2`), model), {
      code: 'auth-required',
    });

    const stale = clientOf({ credentials: { get: async () => ({ ...LOGIN, password: 'old' }) } }, (end) =>
      t.after(end),
    );
    assert.deepEqual((await stale.resolve(open)).bytes, model.manifest);
    await assert.rejects(stale.resolve(closed), { code: 'auth-denied', message: /login is current/ });

    // One token for each repository and kind of access: pull and push are two.
    const keys = tokens.exchanges
      .filter(({ user: who, status }) => who !== undefined && status === 200)
      .map(({ scopes }) => scopes.join(' '));
    assert.equal(new Set(keys).size, keys.length, `some tokens were fetched twice: ${keys.join(', ')}`);
  });

  test('an identity token, by form', async (t) => {
    const tokens = await startTokenServer({ login: LOGIN, identityToken: 'identity-1' });
    t.after(() => tokens.close());
    const server = await startDockerRegistry({ token: tokens });
    t.after(() => server.close());
    const user = clientOf({ credentials: { get: async () => ({ identityToken: 'identity-1' }) } }, (end) =>
      t.after(end),
    );
    const model = await buildDockerModel([FIXTURE]);
    await pushBuiltModel(user, parseReference(`${server.host}/a/m:v1`), model);
    assert.deepEqual([...new Set(tokens.exchanges.map(({ method }) => method))], ['POST']);
  });

  test('a mount asks for both repositories in one token', async (t) => {
    const tokens = await startTokenServer({ login: LOGIN });
    t.after(() => tokens.close());
    const server = await startDockerRegistry({ token: tokens });
    t.after(() => server.close());
    const user = clientOf({ credentials: { get: async () => LOGIN } }, (end) => t.after(end));
    const model = await buildDockerModel([FIXTURE]);
    await pushBuiltModel(user, parseReference(`${server.host}/a/source:v1`), model);
    const layer = model.layers[0]?.descriptor;
    assert.ok(layer);
    const target = parseReference(`${server.host}/b/target:v1`);
    const never = (): never => assert.fail('the content was asked for');
    assert.equal(await user.pushBlob(target, layer, never, { mountFrom: 'a/source' }), 'mounted');
    const asked = tokens.exchanges.find(({ scopes }) => scopes.length === 2);
    assert.deepEqual([...(asked?.scopes ?? [])].sort(), [
      'repository:a/source:pull',
      'repository:b/target:pull,push',
    ]);
  });

  test('tokens that end in the middle of a download are renewed, and the part comes', async (t) => {
    const tokens = await startTokenServer({ login: LOGIN });
    t.after(() => tokens.close());
    const server = await startDockerRegistry({ token: tokens });
    t.after(() => server.close());
    const user = clientOf({ credentials: { get: async () => LOGIN } }, (end) => t.after(end));
    const model = await buildDockerModel([FIXTURE]);
    const reference = parseReference(`${server.host}/a/m:v1`);
    await pushBuiltModel(user, reference, model);
    const layer = model.layers[0]?.descriptor;
    assert.ok(layer);
    // Tokens that the client believes in for a minute, and that the registry refuses: it allows a minute of skew.
    tokens.setLife(-120);
    const fresh = clientOf({ credentials: { get: async () => LOGIN } }, (end) => t.after(end));
    await assert.rejects(fresh.fetchBlob(reference, layer, { offset: 1000 }), { status: 401 });
    const before = tokens.exchanges.length;
    tokens.setLife(300);
    const { offset, body } = await fresh.fetchBlob(reference, layer, { offset: 1000 });
    assert.equal(offset, 1000);
    let length = 0;
    for await (const piece of body) length += piece.length;
    assert.equal(length, layer.size - 1000);
    assert.equal(tokens.exchanges.length, before + 1);
  });
});

describe('a registry with a certificate of a private authority', { skip }, () => {
  test('is trusted with that authority, and not without', async (t) => {
    const authority = makeCertificate('test authority');
    const tls = makeCertificate('registry', ['127.0.0.1', 'registry.test'], authority);
    const server = await startDockerRegistry({ tls });
    t.after(() => server.close());
    // 127.0.0.1 would be asked over plain http: what is under test is TLS, so the host has a name.
    const [, port] = server.host.split(':');
    const host = `registry.test:${port}`;
    const connect = { lookup: toLoopback, ca: authority.cert };
    const dispatcher = new Agent({ connect });
    const stranger = new Agent({ connect: { lookup: toLoopback } });
    t.after(() => Promise.all([dispatcher.destroy(), stranger.destroy()]).then(() => {}));
    const client = clientOf({ dispatcher }, (end) => t.after(end));
    const model = await buildDockerModel([FIXTURE]);
    const reference = parseReference(`${host}/ai/m:v1`);
    await pushBuiltModel(client, reference, model);
    assert.deepEqual((await client.resolve(reference)).bytes, model.manifest);
    const other = clientOf({ dispatcher: stranger }, (end) => t.after(end));
    await assert.rejects(other.resolve(reference), { code: 'tls', message: /is not trusted/ });
  });
});

/** Resolves every name to this machine, as a hosts file would. */
function toLoopback(
  _host: string,
  options: { readonly all?: boolean | undefined },
  done: (error: null, address: string | { address: string; family: number }[], family?: number) => void,
): void {
  if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
}
