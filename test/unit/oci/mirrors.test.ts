/** Mirrors: asked first, with a path of their own, and never with the registry's login. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  digestOf,
  parseMirror,
  parseReference,
  RegistryClient,
  type RegistryClientOptions,
} from '../../../src/oci/index.ts';
import {
  type FakeRegistry,
  type Handler,
  sendJson,
  sendPart,
  startFakeRegistry,
} from '../../support/fakeRegistry.ts';
import { BLOB, CONTENT, MANIFEST, MANIFEST_TYPE, readBody } from './support.ts';

const LOGINS: Record<string, { username: string; password: string }> = {};

interface Running {
  readonly mirror: FakeRegistry;
  readonly upstream: FakeRegistry;
  readonly client: RegistryClient;
  readonly reference: ReturnType<typeof parseReference>;
  /** `path?query` of each request so far. */
  asked(server: FakeRegistry): (string | undefined)[];
}

function honest(request: Parameters<Handler>[0], response: Parameters<Handler>[1]): void {
  if (request.url?.includes('/blobs/')) {
    sendPart(request, response, CONTENT);
    return;
  }
  response.writeHead(200, {
    'content-type': MANIFEST_TYPE,
    'content-length': MANIFEST.length,
    'docker-content-digest': digestOf(MANIFEST),
  });
  response.end(request.method === 'HEAD' ? undefined : MANIFEST);
}

async function start(
  t: TestContext,
  handler: Handler,
  options: RegistryClientOptions & { readonly digestsOnly?: boolean; readonly path?: string } = {},
): Promise<Running> {
  const mirror = await startFakeRegistry(handler);
  const upstream = await startFakeRegistry(honest);
  const { digestsOnly, path = '/proxy/hub' } = options;
  const client = new RegistryClient({
    retryBaseMs: 1,
    stallMs: 1_500,
    mirrors: (registry) =>
      registry === upstream.host ? [{ address: `${mirror.host}${path}`, digestsOnly }] : [],
    credentials: { get: async (registry) => LOGINS[registry] },
    ...options,
  });
  t.after(async () => {
    await client.close();
    await mirror.close();
    await upstream.close();
  });
  const asked = (server: FakeRegistry): (string | undefined)[] => server.requests.map(({ url }) => url);
  return { mirror, upstream, client, reference: parseReference(`${upstream.host}/ai/m:tag`), asked };
}

describe('addresses of mirrors', () => {
  const table: readonly [address: string, registry: string, base: string, prefix: string][] = [
    ['harbor.example.com/hub-proxy', 'harbor.example.com', 'https://harbor.example.com', 'hub-proxy/'],
    ['https://a.example/artifactory/v2/hub/x', 'a.example', 'https://a.example/artifactory', 'hub/x/'],
    ['https://a.example/artifactory/v2/', 'a.example', 'https://a.example/artifactory', ''],
    ['http://lan:5000', 'lan:5000', 'http://lan:5000', ''],
    ['localhost:65001/', 'localhost:65001', 'http://localhost:65001', ''],
    ['[::1]:5000', '[::1]:5000', 'http://[::1]:5000', ''],
  ];
  for (const [address, registry, base, prefix] of table) {
    test(address, () => {
      assert.deepEqual(parseMirror(address, 'docker.io'), { registry, base, prefix, upstream: 'docker.io' });
    });
  }
  for (const address of ['', 'ftp://a', 'a/../b', 'a.example/UP', 'u:p@a.example', 'a?x=1', 'a/%2e/v2/b']) {
    test(`${JSON.stringify(address)} is none`, () => {
      assert.throws(
        () => parseMirror(address, 'docker.io'),
        (error: Error) => {
          assert.match(error.message, /is not the address of a mirror|address of a mirror is not valid/);
          assert.doesNotMatch(error.message, /u:p@/);
          return true;
        },
      );
    });
  }
});

describe('mirrors', () => {
  test('have everything under their path, and hear which registry is meant', async (t) => {
    const { mirror, upstream, client, reference, asked } = await start(t, honest);
    await client.describe(reference);
    const { manifest } = await client.resolve(reference);
    assert.ok(manifest.config);
    assert.deepEqual(
      await readBody((await client.fetchBlob(reference, BLOB, { offset: 4000 })).body),
      CONTENT.subarray(4000),
    );
    assert.deepEqual(await client.readBlob(reference, manifest.config, { maxBytes: 5000 }), CONTENT);
    const ns = `ns=${encodeURIComponent(upstream.host)}`;
    const blob = `/v2/proxy/hub/ai/m/blobs/${BLOB.digest}?${ns}`;
    const tag = `/v2/proxy/hub/ai/m/manifests/tag?${ns}`;
    assert.deepEqual(asked(mirror), [tag, tag, blob, blob]);
    assert.deepEqual(asked(upstream), []);
  });

  test('get their own login, with a scope of their own, and the registry’s login never', async (t) => {
    const carried: (string | undefined)[] = [];
    const { mirror, upstream, client, reference } = await start(t, (request, response) => {
      carried.push(request.headers.authorization);
      if (request.url?.startsWith('/token')) return sendJson(response, 200, { token: 'mirror-token' });
      if (request.headers.authorization === 'Bearer mirror-token') return honest(request, response);
      sendJson(response, 401, {}, { 'www-authenticate': 'Bearer realm="/token"' });
    });
    LOGINS[upstream.host] = { username: 'up', password: 'upstream-secret' };
    LOGINS[mirror.host] = { username: 'mi', password: 'mirror-secret' };
    await client.resolve(reference);
    const basic = `Basic ${Buffer.from('mi:mirror-secret').toString('base64')}`;
    assert.deepEqual(carried, [undefined, basic, 'Bearer mirror-token']);
    const token = new URL(mirror.requests[1]?.url ?? '', 'http://m');
    assert.deepEqual(token.searchParams.getAll('scope'), ['repository:proxy/hub/ai/m:pull']);
  });

  test('that do not have it are left out at once, and not asked again for the same digest', async (t) => {
    const { mirror, upstream, client, reference, asked } = await start(t, (_, response) =>
      sendJson(response, 404, {}),
    );
    for (const offset of [0, 2500])
      await readBody((await client.fetchBlob(reference, BLOB, { offset })).body);
    assert.equal(asked(mirror).length, 1);
    assert.equal(asked(upstream).length, 2);
    // What a tag means may change.
    await client.resolve(reference);
    await client.resolve(reference);
    assert.equal(asked(mirror).length, 3);
  });

  test('that ask for a login that there is none for', async (t) => {
    const { upstream, client, reference, asked } = await start(t, (_, response) => {
      sendJson(response, 401, {}, { 'www-authenticate': 'Basic realm="m"' });
    });
    await client.resolve(reference);
    assert.equal(asked(upstream).length, 1);
  });

  test('that are overloaded or gone rest for half a minute', async (t) => {
    let now = 1_000_000;
    const { mirror, client, reference, asked } = await start(
      t,
      (_, response) => sendJson(response, 503, {}),
      {
        now: () => now,
      },
    );
    await client.resolve(reference);
    await client.resolve(reference);
    assert.equal(asked(mirror).length, 1, 'no second try, and no wait');
    now += 31_000;
    await client.resolve(reference);
    assert.equal(asked(mirror).length, 2);
    await mirror.close();
    now += 31_000;
    await client.resolve(reference);
  });

  test('that failed a moment ago are asked again if the registry cannot be reached', async (t) => {
    let failures = 1;
    const { mirror, upstream, client, reference, asked } = await start(t, (request, response) => {
      if (failures-- > 0) request.socket.destroy();
      else honest(request, response);
    });
    await upstream.close();
    assert.ok((await client.resolve(reference)).manifest.config);
    assert.equal(asked(mirror).length, 2);
    failures = 1000;
    await assert.rejects(client.resolve(reference), ({ message }: Error) => message.includes(upstream.host));
  });

  for (const [name, handler] of [
    ['break off', (response) => void response.write(CONTENT.subarray(0, 1000), () => response.destroy())],
    ['stall', (response) => void response.write(CONTENT.subarray(0, 1000))],
  ] as readonly [string, (response: Parameters<Handler>[1]) => void][]) {
    test(`that ${name} in a body: the rest comes from the registry`, async (t) => {
      const { upstream, client, reference, asked } = await start(t, (_, response) => {
        response.writeHead(200, { 'content-length': CONTENT.length });
        handler(response);
      });
      const pieces: Uint8Array[] = [];
      await assert.rejects(
        async () => {
          for await (const piece of (await client.fetchBlob(reference, BLOB)).body) pieces.push(piece);
        },
        { code: 'offline', retryable: true },
      );
      const offset = Buffer.concat(pieces).length;
      const rest = await client.fetchBlob(reference, BLOB, { offset });
      assert.deepEqual(Buffer.concat([...pieces, await readBody(rest.body)]), CONTENT);
      assert.equal(asked(upstream).length, 1);
    });
  }

  test('with other content than the digest says', async (t) => {
    const { upstream, client, reference, asked } = await start(t, (request, response) => {
      if (request.url?.includes('/blobs/')) return sendPart(request, response, Buffer.alloc(CONTENT.length));
      response.writeHead(200, { 'content-type': MANIFEST_TYPE }).end('{"schemaVersion":2,"layers":[]}');
    });
    assert.deepEqual(await client.readBlob(reference, BLOB, { maxBytes: 5000 }), CONTENT);
    const byDigest = { ...reference, digest: digestOf(MANIFEST) };
    assert.deepEqual((await client.resolve(byDigest)).bytes, MANIFEST);
    assert.equal(asked(upstream).length, 2);
    const whole = await client.fetchBlob(reference, BLOB, { withoutMirrors: true });
    assert.deepEqual(await readBody(whole.body), CONTENT);
  });

  test('that are trusted with digests only', async (t) => {
    const { mirror, client, reference, asked } = await start(t, honest, { digestsOnly: true });
    const { descriptor } = await client.resolve(reference);
    assert.deepEqual(asked(mirror), []);
    await client.resolve({ ...reference, digest: descriptor.digest });
    assert.equal(asked(mirror).length, 1);
  });

  test('whose address is no address are left out', async (t) => {
    const { upstream, client, reference, asked } = await start(t, honest, { path: '/UPPER CASE' });
    await client.resolve(reference);
    assert.equal(asked(upstream).length, 1);
  });

  test('are not asked for lists, and nothing is pushed to them', async (t) => {
    const { mirror, upstream, client, reference, asked } = await start(t, honest);
    await client.tags(upstream.host, 'ai/m');
    await assert.rejects(client.pushManifest(reference, MANIFEST), { code: 'registry-error' });
    assert.deepEqual(asked(mirror), []);
  });

  test('a cancelled request does not go on with the next server', async (t) => {
    const { upstream, client, reference, asked } = await start(t, () => {});
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 20);
    await assert.rejects(client.resolve(reference, { signal: cancel.signal }), { code: 'cancelled' });
    assert.deepEqual(asked(upstream), []);
  });
});
