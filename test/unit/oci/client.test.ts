/** The registry client against servers that do what no honest registry does. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { HttpClient } from '../../../src/oci/http/http.ts';
import {
  digestOf,
  parseReference,
  type Reference,
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

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const CONTENT = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251));
const BLOB = { mediaType: 'application/octet-stream', digest: digestOf(CONTENT), size: CONTENT.length };
const MANIFEST = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config: BLOB, layers: [BLOB] }),
);

interface Setup {
  readonly server: FakeRegistry;
  readonly client: RegistryClient;
  readonly reference: Reference;
}

async function serve(t: TestContext, handler: Handler, options: RegistryClientOptions = {}): Promise<Setup> {
  const server = await startFakeRegistry(handler);
  const client = new RegistryClient({ retryBaseMs: 1, ...options });
  t.after(async () => {
    await client.close();
    await server.close();
  });
  return { server, client, reference: parseReference(`${server.host}/ai/model:tag`) };
}

async function read(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

function sendManifest(response: Parameters<Handler>[1], bytes = MANIFEST, headers = {}): void {
  response.writeHead(200, { 'content-type': MANIFEST_TYPE, ...headers });
  response.end(bytes);
}

describe('manifests', () => {
  test('nothing listens there', async (t) => {
    const { server, client, reference } = await serve(t, () => {});
    await server.close().catch(() => {});
    await assert.rejects(client.resolve(reference), (error) => {
      assert.ok(error instanceof ModelError);
      assert.equal(error.code, 'offline');
      assert.match(error.message, new RegExp(`^Nothing answers at ${server.host}`));
      return true;
    });
  });

  test('401 without a challenge asks for a sign-in', async (t) => {
    const { server, client, reference } = await serve(t, (_, response) => sendJson(response, 401, {}));
    await assert.rejects(client.resolve(reference), { code: 'auth-required' });
    assert.equal(server.requests.length, 1);
  });

  test('404 names the reference and what the registry said', async (t) => {
    const errors = [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }];
    const { client, reference } = await serve(t, (_, response) => sendJson(response, 404, { errors }));
    const message = /^ai\/model:tag was not found on .* \(\u2068MANIFEST_UNKNOWN: manifest unknown\u2069\)/;
    await assert.rejects(client.resolve(reference), { code: 'not-found', message });
  });

  test('a body that is not JSON', async (t) => {
    const { client, reference } = await serve(t, (_, response) =>
      sendManifest(response, Buffer.from('no manifest')),
    );
    await assert.rejects(client.resolve(reference), { code: 'manifest-invalid' });
  });

  test('an endless body is cut off at 4 MiB', async (t) => {
    let close = (): void => {};
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    const { server, client, reference } = await serve(t, (_, response) => {
      response.writeHead(200, { 'content-type': MANIFEST_TYPE });
      const piece = Buffer.alloc(64 * 1024, 0x20);
      const send = (): void => {
        while (!response.destroyed && response.write(piece)) {
          // until the client closes or the buffer is full
        }
      };
      response.on('close', close);
      response.on('drain', send);
      send();
    });
    await assert.rejects(client.resolve(reference), {
      code: 'manifest-invalid',
      message: /larger than 4 MiB/,
    });
    // The registry is told that nobody reads on.
    await closed;
    assert.equal(server.requests.length, 1);
  });

  test('content that is not what its digest says', async (t) => {
    const { client, reference } = await serve(t, (_, response) => sendManifest(response));
    const digest = `sha256:${'0'.repeat(64)}`;
    await assert.rejects(client.resolve({ ...reference, digest }), { code: 'digest-mismatch' });
    const said = await serve(t, (_, response) => {
      sendManifest(response, MANIFEST, { 'docker-content-digest': digest });
    });
    await assert.rejects(said.client.resolve(said.reference), { code: 'digest-mismatch' });
  });

  test('a digest header of an unknown algorithm is left aside', async (t) => {
    const { client, reference } = await serve(t, (_, response) => {
      sendManifest(response, MANIFEST, { 'docker-content-digest': 'blake3:abc' });
    });
    assert.equal((await client.resolve(reference)).descriptor.digest, digestOf(MANIFEST));
  });

  test('busy registries are asked again, four times in all', async (t) => {
    let failures = 3;
    const { server, client, reference } = await serve(t, (_, response) => {
      if (failures-- > 0) return sendJson(response, 503, {});
      sendManifest(response);
    });
    await client.resolve(reference);
    assert.equal(server.requests.length, 4);
    failures = 100;
    await assert.rejects(client.resolve(reference), { code: 'registry-error', status: 503 });
    assert.equal(server.requests.length, 8);
  });

  test('a long wait is left to the person', async (t) => {
    const { server, client, reference } = await serve(t, (_, response) => {
      sendJson(response, 429, {}, { 'retry-after': '3600' });
    });
    await assert.rejects(client.resolve(reference), {
      code: 'rate-limited',
      retryAfterMs: 3_600_000,
      message: /in 60 minutes/,
    });
    assert.equal(server.requests.length, 1);
  });

  test('a server that speaks no TLS', async (t) => {
    const { server } = await serve(t, () => {});
    const http = new HttpClient();
    t.after(() => http.close());
    const url = new URL(`https://${server.host}/v2/`);
    await assert.rejects(http.get({ url, headers: {} }), { code: 'tls', retryable: false });
  });

  test('a cancelled request ends at once', async (t) => {
    const { client, reference } = await serve(t, () => {});
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 20);
    await assert.rejects(client.resolve(reference, { signal: cancel.signal }), { code: 'cancelled' });
  });
});

describe('indexes', () => {
  const entry = { mediaType: MANIFEST_TYPE, digest: digestOf(MANIFEST), size: MANIFEST.length };
  const other = { ...entry, digest: `sha256:${'1'.repeat(64)}` };
  const attestation = {
    ...other,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  };
  const linux = { os: 'linux', architecture: 'amd64' };

  async function resolveIndex(t: TestContext, manifests: readonly object[]): Promise<string> {
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
    const { client, reference } = await serve(
      t,
      (request, response) => {
        if (request.url?.endsWith('/tag'))
          return sendManifest(response, index, { 'content-type': INDEX_TYPE });
        if (request.url?.endsWith(entry.digest)) return sendManifest(response);
        if (request.url?.endsWith(digestOf(index)))
          return sendManifest(response, index, { 'content-type': INDEX_TYPE });
        sendJson(response, 404, {});
      },
      { platform: linux },
    );
    const resolved = await client.resolve(reference);
    assert.equal(resolved.index?.digest, digestOf(index));
    return resolved.descriptor.digest;
  }

  test('this machine’s, before others', async (t) => {
    const mac = { ...other, platform: { os: 'darwin', architecture: 'arm64' } };
    assert.equal(await resolveIndex(t, [attestation, mac, { ...entry, platform: linux }]), entry.digest);
  });
  test('the only one that is no attestation', async (t) => {
    assert.equal(await resolveIndex(t, [attestation, entry]), entry.digest);
  });
  test('several to choose from are listed', async (t) => {
    const titled = { ...other, annotations: { 'org.opencontainers.image.title': 'Q4_K_M' } };
    await assert.rejects(resolveIndex(t, [entry, titled]), {
      code: 'unsupported-artifact',
      message: new RegExp(`contains 2 models.*${entry.digest}, Q4_K_M ${other.digest}`),
    });
  });
  test('an empty one', async (t) => {
    await assert.rejects(resolveIndex(t, [attestation]), {
      code: 'unsupported-artifact',
      message: /without a model/,
    });
  });
  test('a size that is not true', async (t) => {
    await assert.rejects(resolveIndex(t, [{ ...entry, size: 1 }]), { code: 'size-mismatch' });
  });
});

describe('blobs', () => {
  test('a redirect to another server takes the range along, and leaves the login behind', async (t) => {
    const storage = await serve(t, (request, response) => sendPart(request, response, CONTENT));
    const { server, client, reference } = await serve(
      t,
      (request, response) => {
        if (request.headers.authorization === undefined) {
          return sendJson(response, 401, {}, { 'www-authenticate': 'Basic realm="r"' });
        }
        response.writeHead(307, { location: `http://${storage.server.host}/signed?secret=1` }).end();
      },
      { credentials: { get: async () => ({ username: 'u', password: 'p' }) } },
    );
    const { offset, body } = await client.fetchBlob(reference, BLOB, { offset: 1000 });
    assert.equal(offset, 1000);
    assert.deepEqual(await read(body), CONTENT.subarray(1000));
    const seen = storage.server.requests[0]?.headers;
    assert.equal(seen?.range, 'bytes=1000-4999');
    assert.equal(seen?.['accept-encoding'], 'identity');
    assert.equal(seen?.authorization, undefined);
    assert.ok(server.requests.at(-1)?.headers.authorization?.startsWith('Basic '));
  });

  test('a login does not come back after a redirect through another server', async (t) => {
    const back: { location?: string } = {};
    const middle = await serve(t, (_, response) => {
      response.writeHead(302, { location: back.location }).end();
    });
    const { server, client, reference } = await serve(
      t,
      (request, response) => {
        if (request.url === '/steal') return sendPart(request, response, CONTENT);
        if (request.headers.authorization === undefined) {
          return sendJson(response, 401, {}, { 'www-authenticate': 'Basic realm="r"' });
        }
        response.writeHead(307, { location: `http://${middle.server.host}/` }).end();
      },
      { credentials: { get: async () => ({ username: 'u', password: 'p' }) } },
    );
    back.location = `http://${server.host}/steal`;
    await read((await client.fetchBlob(reference, BLOB)).body);
    assert.equal(server.requests.at(-1)?.url, '/steal');
    assert.equal(server.requests.at(-1)?.headers.authorization, undefined);
  });

  test('redirects without an end', async (t) => {
    const { server, client, reference } = await serve(t, (request, response) => {
      response.writeHead(302, { location: `${request.url}x` }).end();
    });
    await assert.rejects(client.fetchBlob(reference, BLOB), {
      code: 'registry-error',
      message: /more than 10 times/,
    });
    assert.equal(server.requests.length, 11);
  });

  test('an expired signed address is asked for once more', async (t) => {
    let signed = 0;
    const storage = await serve(t, (request, response) => {
      if (request.url === '/signed-1') return sendJson(response, 403, {});
      sendPart(request, response, CONTENT);
    });
    const { client, reference } = await serve(t, (_, response) => {
      response.writeHead(307, { location: `http://${storage.server.host}/signed-${++signed}` }).end();
    });
    const { body } = await client.fetchBlob(reference, BLOB, { offset: 4000 });
    assert.deepEqual(await read(body), CONTENT.subarray(4000));
    assert.equal(signed, 2);
  });

  const answers: readonly [name: string, handler: Handler][] = [
    ['200 to a range', (_, response) => void response.writeHead(200).end(CONTENT)],
    [
      '416',
      (request, response) =>
        request.headers.range === undefined
          ? sendPart(request, response, CONTENT)
          : sendJson(response, 416, {}),
    ],
    [
      '206 of another part',
      (request, response) => {
        if (request.headers.range === undefined) return sendPart(request, response, CONTENT);
        response.writeHead(206, { 'content-range': 'bytes 0-4999/5000' }).end(CONTENT);
      },
    ],
    [
      '206 without Content-Range',
      (request, response) => {
        if (request.headers.range === undefined) return sendPart(request, response, CONTENT);
        response.writeHead(206).end(CONTENT.subarray(1000));
      },
    ],
  ];
  for (const [name, handler] of answers) {
    test(`${name}: the whole blob comes, from its start`, async (t) => {
      const { server, client, reference } = await serve(t, handler);
      const { offset, body } = await client.fetchBlob(reference, BLOB, { offset: 1000 });
      assert.equal(offset, 0);
      assert.deepEqual(await read(body), CONTENT);
      assert.ok(server.requests.length <= 2);
    });
  }

  test('nothing is asked for when all is there', async (t) => {
    const { server, client, reference } = await serve(t, () => {});
    const { offset, body } = await client.fetchBlob(reference, BLOB, { offset: BLOB.size });
    assert.equal(offset, BLOB.size);
    assert.equal((await read(body)).length, 0);
    assert.equal(server.requests.length, 0);
  });

  test('a body that ends early, is too long, or has another length', async (t) => {
    const cut = await serve(t, (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 2000), () => response.destroy());
    });
    const early = await cut.client.fetchBlob(cut.reference, BLOB);
    await assert.rejects(read(early.body), { code: 'offline', retryable: true });

    const other = await serve(t, (request, response) => sendPart(request, response, CONTENT));
    const promised = { ...BLOB, size: CONTENT.length + 1 };
    await assert.rejects(other.client.fetchBlob(other.reference, promised), { code: 'size-mismatch' });

    const long = await serve(t, (_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' });
      response.write(CONTENT);
      response.end('more');
    });
    const tooLong = await long.client.fetchBlob(long.reference, BLOB);
    await assert.rejects(read(tooLong.body), { code: 'size-mismatch' });
  });

  test('a body that stalls is given up', async (t) => {
    const { client, reference } = await serve(
      t,
      (_, response) => {
        response.writeHead(200, { 'content-length': CONTENT.length });
        response.write(CONTENT.subarray(0, 100));
      },
      { stallMs: 50 },
    );
    const { body } = await client.fetchBlob(reference, BLOB);
    await assert.rejects(read(body), { code: 'offline', retryable: true, message: /sent nothing for/ });
  });

  test('a file with the label of a page is taken where its length is right', async (t) => {
    const { client, reference } = await serve(t, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': CONTENT.length }).end(CONTENT);
    });
    assert.deepEqual(await read((await client.fetchBlob(reference, BLOB)).body), CONTENT);
  });

  test('a slow reader is not a stalled body', async (t) => {
    const { client, reference } = await serve(
      t,
      (_, response) => {
        response.writeHead(200, { 'content-length': CONTENT.length });
        response.write(CONTENT.subarray(0, 100));
        setTimeout(() => response.end(CONTENT.subarray(100)), 10);
      },
      { stallMs: 2_000 },
    );
    const pieces: Uint8Array[] = [];
    for await (const piece of (await client.fetchBlob(reference, BLOB)).body) {
      pieces.push(piece);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
    }
    assert.deepEqual(Buffer.concat(pieces), CONTENT);
  });

  test('an answer of no interest that never ends holds nothing up', async (t) => {
    const { client, reference } = await serve(
      t,
      (request, response) => {
        if (request.url === '/there') return sendPart(request, response, CONTENT);
        response.writeHead(307, { location: '/there', 'content-length': 100 });
        response.write('x');
      },
      { stallMs: 1_500 },
    );
    assert.deepEqual(await read((await client.fetchBlob(reference, BLOB)).body), CONTENT);
  });

  test('cancelling a body that nobody reads yet is quiet', async (t) => {
    const { client, reference } = await serve(t, (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 100));
    });
    const cancel = new AbortController();
    const { body } = await client.fetchBlob(reference, BLOB, { signal: cancel.signal });
    cancel.abort();
    // An error event that nobody hears would end the process here.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(read(body), { code: 'cancelled' });
  });

  test('a small blob is verified and bounded', async (t) => {
    const { server, client, reference } = await serve(t, (request, response) => {
      sendPart(request, response, request.url?.endsWith(BLOB.digest) ? CONTENT : Buffer.alloc(BLOB.size));
    });
    assert.deepEqual(await client.readBlob(reference, BLOB, { maxBytes: BLOB.size }), CONTENT);
    const wrong = { ...BLOB, digest: `sha256:${'2'.repeat(64)}` };
    await assert.rejects(client.readBlob(reference, wrong, { maxBytes: BLOB.size }), {
      code: 'digest-mismatch',
    });
    const count = server.requests.length;
    await assert.rejects(client.readBlob(reference, BLOB, { maxBytes: 10 }), { code: 'size-mismatch' });
    assert.equal(server.requests.length, count);
  });
});

describe('lists', () => {
  test('pages are followed, null is empty, a circle ends', async (t) => {
    const { server, client } = await serve(t, (request, response) => {
      const url = new URL(request.url ?? '', 'http://r');
      if (url.pathname.includes('/empty/')) return sendJson(response, 200, { name: 'empty', tags: null });
      if (url.pathname.includes('/circle/')) {
        return sendJson(response, 200, { tags: ['a'] }, { link: `<${request.url}>; rel="next"` });
      }
      if (url.searchParams.get('last') === 'b') return sendJson(response, 200, { tags: ['c', 'bad tag'] });
      const link = '</v2/ai/m/tags/list?last=b&n=1000>; rel="next"';
      sendJson(response, 200, { tags: ['a', 'b'] }, { link });
    });
    assert.deepEqual(await client.tags(server.host, 'ai/m'), ['a', 'b', 'c']);
    assert.deepEqual(await client.tags(server.host, 'empty'), []);
    assert.deepEqual(await client.tags(server.host, 'circle'), ['a']);
  });

  for (const body of [
    '{"tags":[1]}',
    '{"tags":[["a"]]}',
    '{"tags":{"a":1}}',
    '{"tags":"a"}',
    '["a"]',
    '"a"',
    '',
    '{"tags":["a"',
    '{"tags":["a"]',
  ]) {
    test(`an answer that is no list: ${body}`, async (t) => {
      const { server, client } = await serve(t, (_, response) => void response.end(body));
      await assert.rejects(client.tags(server.host, 'ai/m'), {
        code: 'registry-error',
        message: /returned an unexpected response for the tags of ai\/m/,
      });
    });
  }

  test('names of any form, and other fields before and behind them', async (t) => {
    const body = `\uFEFF\n{"x":{"tags":["no"]},"name":"tags","n":[1,[2]],"tags" : [ "a", "\\u0062", "q\\"x", "c" ],"z":"]"}`;
    const { server, client } = await serve(t, (_, response) => {
      // One byte after the other: names and escapes come in pieces.
      for (const byte of Buffer.from(body)) response.write(Buffer.from([byte]));
      response.end();
    });
    assert.deepEqual(await client.tags(server.host, 'ai/m'), ['a', 'b', 'c']);
  });
});
