/** Kinds of logins, the two protocols of token servers, and what happens to a login that is refused. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import {
  type Credential,
  parseReference,
  RegistryClient,
  type RegistryClientOptions,
} from '../../../src/oci/index.ts';
import { sendJson, startFakeRegistry } from '../../support/fakeRegistry.ts';

const MANIFEST = JSON.stringify({ schemaVersion: 2, layers: [] });
const IDENTITY = { identityToken: 'refresh-1' };
const PASSWORD = { username: 'u', password: 'sesame' };

/** What a token server was asked. */
interface Asked {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
}

interface Answer {
  readonly status?: number;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

interface Setup {
  /** Answers an exchange. */
  readonly grant: (asked: Asked, number: number) => Answer;
  /** Whether the registry takes what a request carries. */
  readonly accepts: (authorization: string | undefined, repository: string) => boolean | Answer;
  readonly challenge?: (realm: string, repository: string) => string;
  readonly credential?: Credential | (() => Credential | undefined);
  readonly options?: RegistryClientOptions;
}

interface Running {
  readonly host: string;
  readonly client: RegistryClient;
  readonly asked: Asked[];
  /** What each request for a manifest carried. */
  readonly carried: (string | undefined)[];
  readonly warnings: string[];
  readonly refused: string[];
  resolve(repository?: string): Promise<unknown>;
}

function sendAnswer(response: ServerResponse, { status = 200, body = {}, headers = {} }: Answer): void {
  sendJson(response, status, body, headers);
}

/** A registry and its token server in one. */
async function start(t: TestContext, setup: Setup): Promise<Running> {
  const asked: Asked[] = [];
  const carried: (string | undefined)[] = [];
  const warnings: string[] = [];
  const refused: string[] = [];
  const challenge =
    setup.challenge ??
    ((realm, repository) => `Bearer realm="${realm}",service="test",scope="repository:${repository}:pull"`);
  const server = await startFakeRegistry(async (request, response) => {
    const url = new URL(request.url ?? '', `http://${request.headers.host}`);
    const { authorization } = request.headers;
    if (url.pathname.startsWith('/token')) {
      const form = new URLSearchParams(await text(request));
      const exchange = { method: request.method ?? '', query: url.searchParams, form, authorization };
      asked.push(exchange);
      sendAnswer(response, setup.grant(exchange, asked.length));
      return;
    }
    const repository = url.pathname.split('/').slice(2, -2).join('/');
    carried.push(authorization);
    const accepted = setup.accepts(authorization, repository);
    if (typeof accepted === 'object') return sendAnswer(response, accepted);
    if (accepted) {
      response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' });
      response.end(MANIFEST);
      return;
    }
    const line = challenge(`http://${request.headers.host}/token`, repository);
    sendAnswer(response, { status: 401, headers: { 'www-authenticate': line } });
  });
  const log = { debug() {}, info() {}, warn: (line: string) => void warnings.push(line), error() {} };
  const { credential } = setup;
  const get = async (): Promise<Credential | undefined> =>
    typeof credential === 'function' ? credential() : credential;
  const client = new RegistryClient({
    retryBaseMs: 1,
    credentials: { get },
    log,
    onLoginRefused: (registry) => void refused.push(registry),
    ...setup.options,
  });
  t.after(async () => {
    await client.close();
    await server.close();
  });
  const resolve = (repository = 'ai/m'): Promise<unknown> =>
    client.resolve(parseReference(`${server.host}/${repository}`));
  return { host: server.host, client, asked, carried, warnings, refused, resolve };
}

const grantTokens = (_: Asked, number: number): Answer => ({ body: { token: `t${number}` } });
const takesTokens = (authorization: string | undefined): boolean => /^Bearer t\d+$/.test(authorization ?? '');

describe('identity tokens', () => {
  test('go as a form, with the scope that the request needs', async (t) => {
    const { asked, resolve } = await start(t, {
      grant: grantTokens,
      accepts: takesTokens,
      credential: IDENTITY,
      challenge: (realm) =>
        `Bearer realm="${realm}",service="s",scope="repository:ai/m:pull repository:b:pull"`,
    });
    await resolve();
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.method, 'POST');
    assert.equal(asked[0]?.authorization, undefined);
    assert.deepEqual(Object.fromEntries(asked[0]?.form ?? []), {
      grant_type: 'refresh_token',
      refresh_token: 'refresh-1',
      client_id: 'oci-models',
      service: 's',
      scope: 'repository:ai/m:pull',
    });
  });

  for (const [status, name] of [
    [400, 'ACR'],
    [401, 'Artifactory'],
    [404, 'GCR'],
    [405, 'others'],
  ] as const) {
    test(`${status} of ${name} to the form: then by query`, async (t) => {
      const { asked, resolve } = await start(t, {
        grant: ({ method }, number) => (method === 'POST' ? { status } : { body: { token: `t${number}` } }),
        accepts: takesTokens,
        credential: { ...IDENTITY, username: '00000000-0000-0000-0000-000000000000' },
      });
      await resolve();
      assert.deepEqual(
        asked.map(({ method }) => method),
        ['POST', 'GET'],
      );
      const basic = Buffer.from(`00000000-0000-0000-0000-000000000000:refresh-1`).toString('base64');
      assert.equal(asked[1]?.authorization, `Basic ${basic}`);
      assert.deepEqual(asked[1]?.query.getAll('scope'), ['repository:ai/m:pull']);
    });
  }

  test('a server that takes neither says what it said first', async (t) => {
    const { asked, resolve } = await start(t, {
      grant: ({ method }) => ({ status: method === 'POST' ? 401 : 404 }),
      accepts: takesTokens,
      credential: IDENTITY,
    });
    await assert.rejects(resolve(), { code: 'auth-denied', status: 401 });
    // The third is the anonymous try.
    assert.deepEqual(
      asked.map(({ method }) => method),
      ['POST', 'GET', 'GET'],
    );
  });

  test('a new refresh token takes the place of the old one, and gives way when it ends', async (t) => {
    const ended = new Set<string>();
    const { asked, resolve } = await start(t, {
      grant: ({ form }, number) => {
        const refresh = form.get('refresh_token') ?? '';
        if (ended.has(refresh) || refresh === '') return { status: 403 };
        return { body: { access_token: `t${number}`, refresh_token: `refresh-${number + 1}` } };
      },
      accepts: takesTokens,
      credential: IDENTITY,
    });
    await resolve('ai/a');
    await resolve('ai/b');
    ended.add('refresh-3');
    await resolve('ai/c');
    assert.deepEqual(
      asked.map(({ form }) => form.get('refresh_token')),
      ['refresh-1', 'refresh-2', 'refresh-3', 'refresh-1'],
    );
  });

  test('a form is not sent on to another server', async (t) => {
    const elsewhere: string[] = [];
    const other = await startFakeRegistry(async (request, response) => {
      elsewhere.push(await text(request));
      sendJson(response, 200, { token: 't1' });
    });
    t.after(() => other.close());
    const { resolve } = await start(t, {
      grant: () => ({ status: 307, headers: { location: `http://${other.host}/token` } }),
      accepts: takesTokens,
      credential: IDENTITY,
    });
    await assert.rejects(resolve(), { code: 'auth-denied', message: /redirects to .*not allowed/ });
    assert.deepEqual(elsewhere, []);
  });
});

describe('passwords', () => {
  for (const status of [404, 405]) {
    test(`${status} to the query: then by form`, async (t) => {
      const { asked, resolve } = await start(t, {
        grant: ({ method }, number) => (method === 'GET' ? { status } : { body: { token: `t${number}` } }),
        accepts: takesTokens,
        credential: PASSWORD,
      });
      await resolve();
      assert.equal(asked[1]?.method, 'POST');
      assert.equal(asked[1]?.form.get('grant_type'), 'password');
      assert.equal(asked[1]?.form.get('username'), 'u');
      assert.equal(asked[1]?.form.get('password'), 'sesame');
    });
  }

  test('do not follow a redirect of the token server to another one', async (t) => {
    const seen: (string | undefined)[] = [];
    const other = await startFakeRegistry((request, response) => {
      seen.push(request.headers.authorization);
      sendJson(response, 200, { token: 't1' });
    });
    t.after(() => other.close());
    const { resolve } = await start(t, {
      grant: () => ({ status: 302, headers: { location: `http://${other.host}/token` } }),
      accepts: takesTokens,
      credential: PASSWORD,
    });
    await resolve();
    assert.deepEqual(seen, [undefined]);
  });
});

describe('registry tokens', () => {
  test('are taken as they are', async (t) => {
    const { asked, carried, resolve } = await start(t, {
      grant: grantTokens,
      accepts: (authorization) => authorization === 'Bearer ready',
      credential: { registryToken: 'ready' },
    });
    await resolve();
    await resolve();
    assert.equal(asked.length, 0);
    assert.deepEqual(carried, [undefined, 'Bearer ready', 'Bearer ready']);
  });

  test('that are refused do not hide a public model', async (t) => {
    const { carried, refused, resolve } = await start(t, {
      grant: grantTokens,
      accepts: takesTokens,
      credential: { registryToken: 'old' },
    });
    await resolve();
    assert.deepEqual(carried, [undefined, 'Bearer old', 'Bearer t1']);
    assert.equal(refused.length, 1);
  });
});

describe('a login that is refused', () => {
  /** A token server that gives each login a token, and a registry that looks at it only then. */
  const byLogin = ({ authorization }: Asked): Answer => ({
    body: { token: authorization === undefined ? 'anonymous' : 'expired' },
  });
  const denied = { status: 403, body: { errors: [{ code: 'DENIED', message: 'permission_denied' }] } };

  for (const status of [401, 403]) {
    test(`${status} by the registry: once more without it, and it is said once`, async (t) => {
      const { host, carried, warnings, refused, resolve } = await start(t, {
        grant: byLogin,
        accepts: (authorization) =>
          authorization === 'Bearer anonymous' ||
          (authorization === 'Bearer expired' && { ...denied, status }),
        credential: PASSWORD,
      });
      await resolve('ai/a');
      await resolve('ai/b');
      await resolve('ai/a');
      assert.deepEqual(carried.slice(0, 3), [undefined, 'Bearer expired', 'Bearer anonymous']);
      assert.deepEqual(carried.slice(-1), ['Bearer anonymous'], 'what worked is kept');
      assert.deepEqual(refused, [host]);
      assert.deepEqual(warnings, [`The login for ${host} was refused; going on without it. Sign in again.`]);
    });
  }

  test('and what is not public is denied with the registry’s reason', async (t) => {
    const { refused, resolve } = await start(t, {
      grant: byLogin,
      accepts: (authorization) => authorization !== undefined && denied,
      credential: PASSWORD,
    });
    await assert.rejects(resolve(), {
      code: 'auth-denied',
      message: /DENIED: permission_denied.*login is current/,
    });
    assert.deepEqual(refused, []);
  });

  test('a push is not tried without it', async (t) => {
    const { host, client, asked } = await start(t, {
      grant: byLogin,
      accepts: (authorization) => authorization !== undefined && denied,
      credential: PASSWORD,
    });
    const reference = parseReference(`${host}/ai/m`);
    await assert.rejects(client.pushManifest(reference, Buffer.from(MANIFEST)), {
      code: 'auth-denied',
      message: /may write to it/,
    });
    assert.equal(asked.length, 1);
    assert.deepEqual(asked[0]?.query.getAll('scope'), ['repository:ai/m:pull,push']);
  });

  test('signing in again is heard at once', async (t) => {
    let password = 'wrong';
    const { host, client, carried, resolve } = await start(t, {
      grant: ({ authorization }) => {
        const login = Buffer.from(authorization?.slice(6) ?? '', 'base64').toString();
        return login === 'u:right' ? { body: { token: 't7' } } : { status: 401 };
      },
      accepts: takesTokens,
      credential: () => ({ username: 'u', password }),
    });
    await assert.rejects(resolve(), { code: 'auth-denied' });
    password = 'right';
    client.forgetLogin(host);
    await resolve();
    assert.equal(carried.at(-1), 'Bearer t7');
  });
});

describe('challenges', () => {
  test('401s at once wait for one exchange', async (t) => {
    let valid = 't1';
    const { asked, resolve } = await start(t, {
      grant: grantTokens,
      accepts: (authorization) => authorization === `Bearer ${valid}`,
    });
    await resolve();
    valid = 't2';
    await Promise.all(Array.from({ length: 10 }, () => resolve()));
    assert.equal(asked.length, 2);
  });

  test('insufficient_scope, as 401 or as 403: once more, and never for more than is needed', async (t) => {
    for (const status of [401, 403]) {
      let isStale = false;
      const { asked, resolve } = await start(t, {
        grant: grantTokens,
        accepts: (authorization) => {
          if (authorization === undefined) return false;
          const challenge = `Bearer realm="/token",error="insufficient_scope",scope="repository:zoo/base:pull"`;
          const isEnough = !isStale || authorization === 'Bearer t2';
          return isEnough || { status, headers: { 'www-authenticate': challenge } };
        },
      });
      await resolve();
      isStale = true;
      await resolve();
      const scopes = asked.map(({ query }) => query.getAll('scope'));
      assert.deepEqual(scopes, [['repository:ai/m:pull'], ['repository:ai/m:pull']]);
    }
  });

  test('a registry that demands more each time ends in its own words', async (t) => {
    const { asked, carried, resolve } = await start(t, {
      grant: grantTokens,
      accepts: () => ({
        status: 401,
        body: { errors: [{ code: 'UNAUTHORIZED', message: 'not you' }] },
        headers: { 'www-authenticate': 'Bearer realm="/token",error="insufficient_scope",scope="a:b:c"' },
      }),
    });
    await assert.rejects(resolve(), { code: 'auth-required', message: /UNAUTHORIZED: not you/ });
    assert.equal(asked.length, 1);
    assert.equal(carried.length, 2);
  });

  test('a token that cannot be renewed in time is used to its end', async (t) => {
    let now = 1_000_000;
    const { carried, asked, resolve } = await start(t, {
      grant: (_, number) => (number === 1 ? { body: { token: 't1', expires_in: 300 } } : { status: 500 }),
      accepts: takesTokens,
      options: { now: () => now },
    });
    await resolve();
    now += 280_000;
    await resolve();
    assert.equal(asked.length, 2);
    assert.equal(carried.at(-1), 'Bearer t1');
  });

  test('expires_in as a text, and one that is nonsense', async (t) => {
    for (const [expires, requests] of [
      ['3600', 1],
      ['soon', 2],
      [-5, 2],
    ] as const) {
      let now = 1_000_000;
      const { asked, resolve } = await start(t, {
        grant: (_, number) => ({ body: { token: `t${number}`, expires_in: expires } }),
        accepts: takesTokens,
        options: { now: () => now },
      });
      await resolve();
      now += 120_000;
      await resolve();
      assert.equal(asked.length, requests, String(expires));
    }
  });

  test('a login is looked up by registry and repository', async (t) => {
    const looked: (readonly [string, string | undefined])[] = [];
    const { host, resolve } = await start(t, {
      grant: grantTokens,
      accepts: takesTokens,
      options: {
        credentials: {
          get: async (registry, repository) => {
            looked.push([registry, repository]);
            return PASSWORD;
          },
        },
      },
    });
    await resolve('team/m');
    assert.deepEqual(looked, [[host, 'team/m']]);
  });
});
