/** Logins that have ended, registries that redirect to others, and how much a token is asked for. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  type Credential,
  type CredentialSource,
  parseReference,
  RegistryClient,
  type RegistryClientOptions,
} from '../../../src/oci/index.ts';
import { type FakeRegistry, type Handler, sendJson, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { BLOB, CONTENT, MANIFEST, MANIFEST_TYPE, readBody } from './support.ts';

const basic = (password: string): string => `Basic ${Buffer.from(`u:${password}`).toString('base64')}`;

/** A helper that keeps what it said, as the product's does, until it is told to forget it. */
class Helper implements CredentialSource {
  password = 'old';
  runs = 0;
  #kept: Credential | undefined;

  async get(): Promise<Credential> {
    if (this.#kept === undefined) this.runs++;
    this.#kept ??= { username: 'u', password: this.password };
    return this.#kept;
  }

  forget(): void {
    this.#kept = undefined;
  }
}

async function listen(t: TestContext, handler: Handler): Promise<FakeRegistry> {
  const server = await startFakeRegistry(handler);
  t.after(() => server.close());
  return server;
}

function clientFor(t: TestContext, options: RegistryClientOptions): RegistryClient {
  const client = new RegistryClient({ retryBaseMs: 1, ...options });
  t.after(() => client.close());
  return client;
}

function content(path: string): { type: string; body: Buffer } {
  if (path.includes('/manifests/')) return { type: MANIFEST_TYPE, body: MANIFEST };
  return { type: 'application/octet-stream', body: CONTENT };
}

const sendContent: Handler = (request, response) => {
  const { type, body } = content(request.url ?? '');
  response.writeHead(200, { 'content-type': type, 'content-length': body.length });
  response.end(body);
};

describe('a login that has ended', () => {
  /** A registry with Basic that answers an old login with `status`. */
  async function withBasic(
    t: TestContext,
    status: number,
  ): Promise<{
    server: FakeRegistry;
    helper: Helper;
    client: RegistryClient;
    valid: { password: string };
  }> {
    const helper = new Helper();
    const valid = { password: 'old' };
    const server = await listen(t, (request, response) => {
      const { authorization } = request.headers;
      if (authorization === basic(valid.password)) return sendContent(request, response);
      const refusal = authorization === undefined ? 401 : status;
      const challenge: Record<string, string> =
        refusal === 401 ? { 'www-authenticate': 'Basic realm="x"' } : {};
      return sendJson(
        response,
        refusal,
        { errors: [{ code: 'DENIED', message: 'token expired' }] },
        challenge,
      );
    });
    return { server, helper, client: clientFor(t, { credentials: helper }), valid };
  }

  for (const status of [401, 403]) {
    test(`${status}: it is asked for again, once for all requests, and used from then on`, async (t) => {
      const { server, helper, client, valid } = await withBasic(t, status);
      const reference = parseReference(`${server.host}/ai/m:1`);
      await client.resolve(reference);
      helper.password = 'new';
      valid.password = 'new';
      await Promise.all(Array.from({ length: 6 }, () => client.resolve(reference)));
      assert.equal(helper.runs, 2);
      const before = server.requests.length;
      await client.resolve(parseReference(`${server.host}/ai/other:1`));
      assert.equal(server.requests.length, before + 1, 'another repository starts with it');
    });

    test(`${status} that stays: no loop, and the error offers a sign-in`, async (t) => {
      const { server, helper, client, valid } = await withBasic(t, status);
      const reference = parseReference(`${server.host}/ai/m:1`);
      await client.resolve(reference);
      valid.password = 'nobody knows it';
      const before = server.requests.length;
      for (let tries = 0; tries < 3; tries++) {
        await assert.rejects(client.resolve(reference), {
          code: 'auth-denied',
          registry: server.host,
          message: /DENIED: token expired.*sign in again/,
        });
      }
      assert.equal(helper.runs, 2, 'a helper that says the same is not run for each request');
      assert.ok(server.requests.length - before <= 6);
    });
  }

  test('an upload is sent again, too', async (t) => {
    const { server, helper, client, valid } = await withBasic(t, 403);
    const reference = parseReference(`${server.host}/ai/m:1`);
    await client.resolve(reference);
    helper.password = 'new';
    valid.password = 'new';
    assert.equal(await client.blobExists(reference, BLOB), true);
    await assert.rejects(client.pushManifest(reference, MANIFEST), { code: 'registry-error' });
    assert.equal(server.requests.at(-1)?.headers.authorization, basic('new'));
  });

  test('a token server that refuses it gets the new one', async (t) => {
    const helper = new Helper();
    const asked: (string | undefined)[] = [];
    const server = await listen(t, (request, response) => {
      const { authorization, host } = request.headers;
      if (request.url?.startsWith('/token') === true) {
        asked.push(authorization);
        const isGood = authorization === basic('new');
        return sendJson(response, isGood ? 200 : 401, isGood ? { token: 'good' } : {});
      }
      if (authorization === 'Bearer good') return sendContent(request, response);
      const challenge = { 'www-authenticate': `Bearer realm="http://${host}/token"` };
      return sendJson(response, 401, {}, challenge);
    });
    const client = clientFor(t, { credentials: helper });
    await helper.get();
    helper.password = 'new';
    await client.resolve(parseReference(`${server.host}/ai/m:1`));
    assert.deepEqual(asked, [basic('old'), basic('new')]);
  });

  test('a token for it that the registry refuses with 403 is got again with the new one', async (t) => {
    const helper = new Helper();
    const server = await listen(t, (request, response) => {
      const { authorization, host } = request.headers;
      if (request.url?.startsWith('/token') === true)
        return sendJson(response, 200, { token: authorization === basic('new') ? 'good' : 'bad' });
      if (authorization === 'Bearer good') return sendContent(request, response);
      const challenge = { 'www-authenticate': `Bearer realm="http://${host}/token"` };
      return sendJson(response, authorization === undefined ? 401 : 403, {}, challenge);
    });
    await helper.get();
    helper.password = 'new';
    const client = clientFor(t, { credentials: helper });
    await client.resolve(parseReference(`${server.host}/ai/m:1`));
    assert.equal(helper.runs, 2);
  });
});

describe('a login that came while anonymous access was kept', () => {
  test('is used for what is denied without it', async (t) => {
    let login: Credential | undefined;
    const tokens: (string | undefined)[] = [];
    const server = await listen(t, (request, response) => {
      const { authorization, host } = request.headers;
      if (request.url?.startsWith('/token') === true) {
        tokens.push(authorization);
        return sendJson(response, 200, { token: authorization === undefined ? 'nobody' : 'user' });
      }
      if (authorization === 'Bearer user') return sendContent(request, response);
      if (authorization !== undefined) return sendJson(response, 403, { errors: [{ code: 'DENIED' }] });
      return sendJson(response, 401, {}, { 'www-authenticate': `Bearer realm="http://${host}/token"` });
    });
    const client = clientFor(t, { credentials: { get: async () => login } });
    const reference = parseReference(`${server.host}/ai/m:1`);
    await assert.rejects(client.resolve(reference), { code: 'auth-denied' });
    await assert.rejects(client.resolve(reference), { code: 'auth-denied' });
    assert.equal(tokens.length, 1);
    login = { username: 'u', password: 'p' };
    await client.resolve(reference);
    assert.deepEqual(tokens, [undefined, basic('p')]);
  });
});

describe('a registry that redirects to another one', () => {
  const SECRET = { username: 'first', password: 'first-secret' };

  interface Pair {
    readonly front: FakeRegistry;
    readonly back: FakeRegistry;
    readonly tokens: { readonly scope: string[]; readonly authorization: string | undefined }[];
  }

  /** `back` wants a token of its own token server; `front` has nothing but its name. */
  async function start(t: TestContext, challenge?: string): Promise<Pair> {
    const tokens: Pair['tokens'] = [];
    const back = await listen(t, (request, response) => {
      const url = new URL(request.url ?? '', `http://${request.headers.host}`);
      const { authorization } = request.headers;
      if (url.pathname === '/token') {
        tokens.push({ scope: url.searchParams.getAll('scope'), authorization });
        return sendJson(response, 200, { token: 'back-token' });
      }
      if (authorization === 'Bearer back-token') return sendContent(request, response);
      const line = challenge ?? `Bearer realm="${url.origin}/token",scope="repository:secret/x:pull,push"`;
      return sendJson(response, 401, { errors: [{ code: 'UNAUTHORIZED' }] }, { 'www-authenticate': line });
    });
    const front = await listen(t, (request, response) => {
      const path = request.url?.replace('/ai/', '/images/ai/') ?? '';
      response.writeHead(307, { location: `http://${back.host}${path}` });
      response.end();
    });
    return { front, back, tokens };
  }

  test('gets an anonymous token for what is read there, and nothing of the first one’s', async (t) => {
    const { front, back, tokens } = await start(t);
    const client = clientFor(t, {
      credentials: { get: async (registry) => (registry === front.host ? SECRET : undefined) },
    });
    const reference = parseReference(`${front.host}/ai/m:1`);
    await client.resolve(reference);
    const { body } = await client.fetchBlob(reference, BLOB);
    assert.deepEqual(await readBody(body), CONTENT);
    assert.deepEqual(tokens, [{ scope: ['repository:images/ai/m:pull'], authorization: undefined }]);
    const carried = back.requests.map(({ headers }) => headers.authorization);
    assert.deepEqual(new Set(carried), new Set([undefined, 'Bearer back-token']));
    assert.equal(
      carried.filter((header) => header === undefined).length,
      2,
      'one 401, and its token request',
    );
  });

  test('gets its own login, where there is one', async (t) => {
    const { front, back, tokens } = await start(t);
    const own = { username: 'u', password: 'own' };
    const client = clientFor(t, {
      credentials: { get: async (registry) => (registry === back.host ? own : SECRET) },
    });
    await client.resolve(parseReference(`${front.host}/ai/m:1`));
    assert.deepEqual(tokens[0]?.authorization, basic('own'));
  });

  test('the error names the one that asked', async (t) => {
    const { front, back } = await start(t, 'Basic realm="back"');
    const client = clientFor(t, {
      credentials: { get: async (registry) => (registry === front.host ? SECRET : undefined) },
    });
    await assert.rejects(client.resolve(parseReference(`${front.host}/ai/m:1`)), {
      code: 'auth-required',
      registry: back.host,
      message: new RegExp(`^${back.host} requires a sign-in`),
    });
  });

  test('an object store that asks gets nothing, and is no reason to sign in', async (t) => {
    const store = await listen(t, (_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="store"' });
      response.end();
    });
    const front = await listen(t, (_, response) => {
      response.writeHead(307, { location: `http://${store.host}/bucket/object` });
      response.end();
    });
    const client = clientFor(t, { credentials: { get: async () => SECRET } });
    await assert.rejects(client.fetchBlob(parseReference(`${front.host}/ai/m:1`), BLOB), {
      code: 'registry-error',
      message: new RegExp(`^${store.host}, which stores the files of ${front.host}, denied access`),
    });
    assert.ok(store.requests.every(({ headers }) => headers.authorization === undefined));
  });
});

describe('what a token is asked for', () => {
  const GREEDY = 'repository:victim/private:pull,push,delete registry:catalog:*';
  const CASES: readonly [string, (client: RegistryClient, host: string) => Promise<unknown>, string][] = [
    ['a manifest', (c, host) => c.resolve(parseReference(`${host}/ai/m:1`)), 'repository:ai/m:pull'],
    ['a blob', (c, host) => c.fetchBlob(parseReference(`${host}/ai/m:1`), BLOB), 'repository:ai/m:pull'],
    ['tags', (c, host) => c.tags(host, 'ai/m'), 'repository:ai/m:pull'],
    ['the catalog', (c, host) => c.repositories(host), 'registry:catalog:*'],
    [
      'a push',
      (c, host) => c.pushManifest(parseReference(`${host}/ai/m:1`), MANIFEST),
      'repository:ai/m:pull,push',
    ],
    ['nothing', (c, host) => c.ping(host), ''],
  ];
  for (const [name, run, scope] of CASES) {
    test(`${name}: ${scope}`, async (t) => {
      const scopes: string[] = [];
      const server = await listen(t, (request, response) => {
        const url = new URL(request.url ?? '', `http://${request.headers.host}`);
        if (url.pathname === '/token') {
          scopes.push(url.searchParams.getAll('scope').join(' '));
          return sendJson(response, 200, { token: `t${scopes.length}` });
        }
        const line = `Bearer realm="${url.origin}/token",scope="${GREEDY}",error="insufficient_scope"`;
        return sendJson(response, 401, {}, { 'www-authenticate': line });
      });
      const client = clientFor(t, { credentials: new Helper() });
      await assert.rejects(run(client, server.host));
      assert.ok(scopes.length > 0);
      assert.deepEqual([...new Set(scopes)], [scope]);
    });
  }
});
