/** Tokens: one exchange for many, renewed in time, and logins that go nowhere else. See oauth.test.ts too. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { parseReference, RegistryClient, type RegistryClientOptions } from '../../../src/oci/index.ts';
import { type FakeRegistry, type Handler, sendJson, startFakeRegistry } from '../../support/fakeRegistry.ts';

const MANIFEST = JSON.stringify({ schemaVersion: 2, layers: [] });
const LOGIN = { username: 'u', password: 'sesame' };

interface TokenServer {
  readonly server: FakeRegistry;
  readonly client: RegistryClient;
  readonly resolve: (repository?: string) => Promise<unknown>;
  /** Requests to the token server, in order. */
  readonly exchanges: { readonly url: URL; readonly authorization: string | undefined }[];
}

/** A registry and its token server in one. `grant` answers an exchange; tokens that it gave are accepted. */
async function start(
  t: TestContext,
  grant: (exchange: number, authorization: string | undefined) => { status: number; body: object },
  options: RegistryClientOptions & { readonly realm?: string } = {},
): Promise<TokenServer> {
  const exchanges: TokenServer['exchanges'] = [];
  const valid = new Set<string>();
  const handler: Handler = async (request, response) => {
    const url = new URL(request.url ?? '', `http://${request.headers.host}`);
    const { authorization } = request.headers;
    if (url.pathname === '/token') {
      exchanges.push({ url, authorization });
      const { status, body } = grant(exchanges.length, authorization);
      if ('token' in body) valid.add(`Bearer ${body.token}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
      return sendJson(response, status, body);
    }
    if (valid.has(authorization ?? '')) {
      response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' });
      response.end(MANIFEST);
      return;
    }
    const scope = `repository:${url.pathname.split('/').slice(2, -2).join('/')}:pull`;
    const realm = options.realm ?? `http://${request.headers.host}/token`;
    sendJson(
      response,
      401,
      {},
      { 'www-authenticate': `Bearer realm="${realm}",service="test",scope="${scope}"` },
    );
  };
  const server = await startFakeRegistry(handler);
  const client = new RegistryClient({ retryBaseMs: 1, ...options });
  t.after(async () => {
    await client.close();
    await server.close();
  });
  const resolve = (repository = 'ai/m'): Promise<unknown> =>
    client.resolve(parseReference(`${server.host}/${repository}`));
  return { server, client, resolve, exchanges };
}

describe('tokens', () => {
  test('anonymous: one exchange for many requests at once, then none', async (t) => {
    const { server, resolve, exchanges } = await start(t, (number) => ({
      status: 200,
      body: { token: `t${number}` },
    }));
    await Promise.all(Array.from({ length: 8 }, () => resolve()));
    assert.equal(exchanges.length, 1);
    assert.equal(exchanges[0]?.authorization, undefined);
    assert.equal(exchanges[0]?.url.searchParams.get('service'), 'test');
    assert.deepEqual(exchanges[0]?.url.searchParams.getAll('scope'), ['repository:ai/m:pull']);
    const before = server.requests.length;
    await resolve();
    assert.equal(server.requests.length, before + 1, 'the token is sent with the first request');
    await resolve('ai/other');
    assert.equal(exchanges.length, 2, 'another repository is another scope');
  });

  test('a token is renewed before it ends', async (t) => {
    let now = 1_000_000;
    const { server, resolve, exchanges } = await start(
      t,
      (number) => ({ status: 200, body: { token: `t${number}`, expires_in: 300 } }),
      { now: () => now },
    );
    await resolve();
    now += 260_000;
    await resolve();
    assert.equal(exchanges.length, 1);
    now += 15_000;
    await resolve();
    assert.equal(exchanges.length, 2, '25 seconds before its end');
    const refused = server.requests.filter(({ url, headers }) => {
      return url?.includes('/manifests/') && headers.authorization === undefined;
    });
    assert.equal(refused.length, 1, 'only the very first request went without a token');
  });

  test('a login goes to the token server that the registry names', async (t) => {
    const { resolve, exchanges } = await start(
      t,
      () => ({ status: 200, body: { access_token: 'x', token: 'good' } }),
      { credentials: { get: async () => LOGIN } },
    );
    // access_token wins over token, so the registry refuses what it did not accept.
    await assert.rejects(resolve(), { code: 'auth-denied' });
    assert.equal(exchanges[0]?.authorization, `Basic ${Buffer.from('u:sesame').toString('base64')}`);
  });

  test('a ready token may have a line end behind it, and nothing else that a header refuses', async (t) => {
    const withToken = (registryToken: string): ReturnType<typeof start> =>
      start(t, () => ({ status: 403, body: {} }), { credentials: { get: async () => ({ registryToken }) } });
    const trimmed = await withToken('good\r\n');
    await assert.rejects(trimmed.resolve(), { code: 'auth-denied' });
    assert.ok(trimmed.server.requests.some(({ headers }) => headers.authorization === 'Bearer good'));
    for (const text of ['two\nlines', 'schl\u00fcssel', 'a b']) {
      const { server, resolve } = await withToken(text);
      await assert.rejects(resolve(), {
        code: 'auth-denied',
        message: `The token that is stored for ${server.host} has characters that no token has. Sign in again.`,
      });
    }
  });

  test('a refused login does not hide a public model', async (t) => {
    const warnings: string[] = [];
    const log = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text), error() {} };
    const { resolve } = await start(
      t,
      (_, authorization) =>
        authorization === undefined
          ? { status: 200, body: { token: 'anonymous' } }
          : { status: 401, body: {} },
      { credentials: { get: async () => LOGIN }, log },
    );
    await resolve();
    assert.match(warnings.join(), /login for .* was refused/);
    assert.doesNotMatch(warnings.join(), /sesame/);
  });

  test('a refusal says whether a login was there', async (t) => {
    const refuse = (): { status: number; body: object } => ({ status: 401, body: {} });
    const anonymous = await start(t, refuse);
    await assert.rejects(anonymous.resolve(), { code: 'auth-required', status: 401 });
    const withLogin = await start(t, refuse, { credentials: { get: async () => LOGIN } });
    await assert.rejects(withLogin.resolve(), { code: 'auth-denied', status: 401 });
  });

  for (const realm of [
    'http://other.example/token',
    'file:///etc/passwd',
    'http://u:p@127.0.0.1/token',
    'http://[',
  ]) {
    test(`the realm ${realm} is not asked`, async (t) => {
      const { resolve } = await start(t, () => ({ status: 200, body: { token: 'x' } }), {
        realm,
        credentials: { get: async () => LOGIN },
      });
      await assert.rejects(resolve(), { code: 'auth-denied', message: /not allowed|an invalid address/ });
    });
  }

  test('answers without a usable token', async (t) => {
    for (const body of [{}, { token: 'a\r\nX: y' }, { token: 5 }]) {
      const { resolve } = await start(t, () => ({ status: 200, body }));
      await assert.rejects(resolve(), { code: 'registry-error', message: /returned no token/ });
    }
  });

  for (const [status, body] of [
    [400, { message: 'bad secret' }],
    [401, { message: 'bad secret' }],
    [403, { error: 'bad secret' }],
    [429, { message: 'bad secret' }],
    [200, { error: 'bad secret' }],
  ] as const)
    test(`the words of a token server, ${status}, are told as its own`, async (t) => {
      const { resolve } = await start(t, () => ({ status, body }));
      await assert.rejects(resolve(), { message: /\u2068bad secret\u2069/ });
    });

  test('a token server that is busy is asked again', async (t) => {
    const { resolve, exchanges } = await start(t, (number) =>
      number < 3 ? { status: 503, body: {} } : { status: 200, body: { token: 'x' } },
    );
    await resolve();
    assert.equal(exchanges.length, 3);
  });

  test('one who gives up does not end the exchange of the others', async (t) => {
    const { server, client, resolve, exchanges } = await start(t, () => ({
      status: 200,
      body: { token: 'x' },
    }));
    const cancel = new AbortController();
    const given = client.resolve(parseReference(`${server.host}/ai/m`), { signal: cancel.signal });
    const other = resolve();
    const wait = setInterval(() => {
      if (exchanges.length > 0) cancel.abort();
    }, 1);
    await assert.rejects(given, { code: 'cancelled' });
    clearInterval(wait);
    await other;
    assert.equal(exchanges.length, 1);
  });
});
