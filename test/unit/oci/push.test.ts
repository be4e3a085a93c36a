/** Pushing, referring and asking without getting, against servers that do what few real ones do. */
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { type BlobSource, digestOf } from '../../../src/oci/index.ts';
import { type Handler, sendJson } from '../../support/fakeRegistry.ts';
import { BLOB, CONTENT, INDEX_TYPE, MANIFEST, MANIFEST_TYPE, serve } from './support.ts';

const source: BlobSource = async function* (first, end) {
  for (let at = first; at < end; at += 700) yield CONTENT.subarray(at, Math.min(end, at + 700));
};

type Request = Parameters<Handler>[0];
type Response = Parameters<Handler>[1];

/** An upload as distribution-spec has it; `patch` may do something else with a chunk, and says so with true. */
function uploads(
  patch: (request: Request, response: Response, received: Buffer[]) => Promise<boolean> | boolean = () =>
    false,
  headers: Record<string, string> = {},
): { handler: Handler; received: Buffer[]; seen: string[] } {
  const received: Buffer[] = [];
  const seen: string[] = [];
  const length = (): number => Buffer.concat(received).length;
  const range = (): Record<string, string> => ({ range: `0-${Math.max(0, length() - 1)}` });
  const handler: Handler = async (request, response) => {
    const url = new URL(request.url ?? '', 'http://r');
    seen.push(`${request.method} ${url.pathname.replace('/v2/ai/model', '')}${url.search}`);
    if (request.method === 'HEAD') return void response.writeHead(404).end();
    if (request.method === 'POST') {
      response.writeHead(202, { location: '/v2/ai/model/blobs/uploads/1?state=a%2Fb', ...headers }).end();
      return;
    }
    if (request.method === 'GET') return void response.writeHead(204, range()).end();
    if (request.method === 'DELETE') return void response.writeHead(204).end();
    if (request.method === 'PATCH') {
      if (await patch(request, response, received)) return;
      const expected = `${length()}-${length() + Number(request.headers['content-length']) - 1}`;
      if (request.headers['content-range'] !== expected) {
        return sendJson(response, 416, { errors: [{ code: 'BLOB_UPLOAD_INVALID' }] }, range());
      }
    }
    received.push(await buffer(request));
    const location = `/v2/ai/model/blobs/uploads/1?state=${received.length}`;
    if (request.method === 'PATCH') return void response.writeHead(202, { location, ...range() }).end();
    const whole = digestOf(Buffer.concat(received)) === url.searchParams.get('digest');
    response.writeHead(whole ? 201 : 400).end();
  };
  return { handler, received, seen };
}

describe('uploads', () => {
  test('the session’s own query stays as it is', async (t) => {
    const { handler, seen, received } = uploads();
    const { client, reference } = await serve(t, handler);
    assert.equal(await client.pushBlob(reference, BLOB, source), 'uploaded');
    assert.deepEqual(seen, [
      `HEAD /blobs/${BLOB.digest}`,
      'POST /blobs/uploads/',
      `PUT /blobs/uploads/1?state=a%2Fb&digest=${encodeURIComponent(BLOB.digest)}`,
    ]);
    assert.deepEqual(Buffer.concat(received), CONTENT);
  });

  test('chunks are as large as the registry wants them at least', async (t) => {
    const { handler, received } = uploads(undefined, { 'oci-chunk-min-length': '2000' });
    const { client, reference } = await serve(t, handler);
    await client.pushBlob(reference, BLOB, source, { chunkBytes: 500 });
    assert.deepEqual(
      received.map(({ length }) => length),
      [2000, 2000, 1000, 0],
    );
  });

  test('chunks of a size that no machine has are refused', async (t) => {
    const { handler, seen } = uploads(undefined, { 'oci-chunk-min-length': '999999999999' });
    const { client, reference } = await serve(t, handler);
    await assert.rejects(client.pushBlob(reference, BLOB, source, { chunkBytes: 500 }), {
      code: 'registry-error',
      message: /chunks of 999999999999 bytes/,
    });
    assert.equal(seen.at(-1)?.split(' ')[0], 'DELETE', 'the upload is cancelled');
  });

  test('a chunk of which only a part arrived goes on behind that part', async (t) => {
    let broken = false;
    const { handler, received, seen } = uploads(async (request, response, all) => {
      if (broken || all.length === 0) return false;
      broken = true;
      all.push((await buffer(request)).subarray(0, 300));
      response.destroy();
      return true;
    });
    const { client, reference } = await serve(t, handler);
    assert.equal(await client.pushBlob(reference, BLOB, source, { chunkBytes: 2000 }), 'uploaded');
    assert.deepEqual(
      received.map(({ length }) => length),
      [2000, 300, 2000, 700, 0],
    );
    assert.ok(seen.includes('GET /blobs/uploads/1?state=1'));
  });

  test('416: the registry says where it stands', async (t) => {
    let lost = false;
    const { handler, received } = uploads((_, __, all) => {
      // After the first chunk the registry comes back with an older state.
      if (!lost && all.length === 1) {
        lost = true;
        all[0] = CONTENT.subarray(0, 1000);
      }
      return false;
    });
    const { client, reference } = await serve(t, handler);
    assert.equal(await client.pushBlob(reference, BLOB, source, { chunkBytes: 2000 }), 'uploaded');
    assert.deepEqual(Buffer.concat(received), CONTENT);
  });

  test('a registry that takes nothing ends the push, and the upload is cancelled', async (t) => {
    for (const answer of [
      (response: Response) => void response.writeHead(202, { location: '/v2/x', range: '0-0' }).end(),
      (response: Response) => sendJson(response, 503, {}),
    ]) {
      const { handler, seen } = uploads(async (request, response) => {
        await buffer(request);
        answer(response);
        return true;
      });
      const { client, reference } = await serve(t, handler);
      const push = client.pushBlob(reference, BLOB, source, { chunkBytes: 2000 });
      await assert.rejects(push, { code: 'registry-error' });
      assert.ok(seen.filter((line) => line.startsWith('DELETE')).length > 0);
    }
  });

  test('a connection that breaks in the one request: a new upload', async (t) => {
    let broken = false;
    const { handler, received, seen } = uploads();
    const { client, reference } = await serve(t, async (request, response) => {
      if (!broken && request.method === 'PUT') {
        broken = true;
        request.once('data', () => response.destroy());
        return;
      }
      await handler(request, response);
    });
    assert.equal(await client.pushBlob(reference, BLOB, source), 'uploaded');
    assert.deepEqual(Buffer.concat(received), CONTENT);
    assert.equal(seen.filter((line) => line.startsWith('POST')).length, 2);
  });

  test('a session on another server does not get the login', async (t) => {
    const storage = uploads();
    const other = await serve(t, storage.handler);
    const { client, reference } = await serve(
      t,
      (request, response) => {
        if (request.headers.authorization === undefined) {
          return sendJson(response, 401, {}, { 'www-authenticate': 'Basic realm="r"' });
        }
        if (request.method === 'HEAD') return void response.writeHead(404).end();
        response
          .writeHead(202, { location: `http://${other.server.host}/v2/ai/model/blobs/uploads/1` })
          .end();
      },
      { credentials: { get: async () => ({ username: 'u', password: 'p' }) } },
    );
    assert.equal(await client.pushBlob(reference, BLOB, source), 'uploaded');
    assert.deepEqual(
      other.server.requests.map(({ headers }) => headers.authorization),
      [undefined],
    );
  });

  test('a 401 to the bytes themselves: they are sent once more', async (t) => {
    const { handler, received } = uploads();
    let refused = false;
    const { client, reference } = await serve(
      t,
      async (request, response) => {
        if (request.method === 'PUT' && !refused) {
          refused = true;
          await buffer(request);
          return sendJson(response, 401, {}, { 'www-authenticate': 'Basic realm="r"' });
        }
        await handler(request, response);
      },
      { credentials: { get: async () => ({ username: 'u', password: 'p' }) } },
    );
    assert.equal(await client.pushBlob(reference, BLOB, source), 'uploaded');
    assert.deepEqual(Buffer.concat(received), CONTENT);
  });

  for (const location of [undefined, 'file:///etc/passwd', 'http://[']) {
    test(`an upload at ${location}`, async (t) => {
      const { client, reference } = await serve(t, (request, response) => {
        if (request.method === 'HEAD') return void response.writeHead(404).end();
        response.writeHead(202, location === undefined ? {} : { location }).end();
      });
      await assert.rejects(client.pushBlob(reference, BLOB, source), { code: 'registry-error' });
    });
  }

  test('cancelling cancels the upload as well', async (t) => {
    const cancel = new AbortController();
    const { handler, seen } = uploads(() => {
      cancel.abort();
      return true;
    });
    const { client, reference } = await serve(t, handler);
    const push = client.pushBlob(reference, BLOB, source, { chunkBytes: 1000, signal: cancel.signal });
    await assert.rejects(push, { code: 'cancelled' });
    assert.equal(seen.at(-1), 'DELETE /blobs/uploads/1?state=a%2Fb');
  });
});

describe('manifests', () => {
  test('several tags in one request, and one by one where the registry did not hear', async (t) => {
    const seen: string[] = [];
    const { client, reference } = await serve(t, async (request, response) => {
      seen.push(request.url?.replace('/v2/ai/model/manifests/', '') ?? '');
      assert.deepEqual(await buffer(request), MANIFEST);
      response.writeHead(201, request.url?.includes('tag=') ? { 'oci-tag': 'tag, b' } : {}).end();
    });
    const { digest } = await client.pushManifest(reference, MANIFEST, undefined, { tags: ['b', 'c'] });
    assert.deepEqual(seen, [`${digest}?tag=tag&tag=b&tag=c`, 'c']);
  });

  test('a registry that stores other bytes', async (t) => {
    const headers = { 'docker-content-digest': digestOf(Buffer.from('other')) };
    const { client, reference } = await serve(
      t,
      (_, response) => void response.writeHead(201, headers).end(),
    );
    await assert.rejects(client.pushManifest(reference, MANIFEST), { code: 'digest-mismatch' });
  });

  test('what is no manifest is not sent', async (t) => {
    const { server, client, reference } = await serve(t, () => {});
    await assert.rejects(client.pushManifest(reference, Buffer.from('{}')), { code: 'manifest-invalid' });
    assert.equal(server.requests.length, 0);
  });

  test('OCI-Subject: the registry lists the referrer itself', async (t) => {
    const subject = { mediaType: MANIFEST_TYPE, digest: digestOf(MANIFEST), size: MANIFEST.length };
    const { server, client, reference } = await serve(t, (_, response) => {
      response.writeHead(201, { 'oci-subject': subject.digest }).end();
    });
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, layers: [], subject }),
    );
    await client.pushManifest(reference, bytes);
    assert.equal(server.requests.length, 1);
  });
});

describe('describe and exists', () => {
  const whole = {
    'content-type': MANIFEST_TYPE,
    'content-length': String(MANIFEST.length),
    'docker-content-digest': digestOf(MANIFEST),
  };
  const descriptor = { mediaType: MANIFEST_TYPE, digest: digestOf(MANIFEST), size: MANIFEST.length };

  const heads: readonly [name: string, status: number, headers: Record<string, string>, methods: string][] = [
    ['all headers', 200, whole, 'HEAD'],
    ['no digest', 200, { 'content-type': MANIFEST_TYPE, 'content-length': '100' }, 'HEAD GET'],
    ['no length', 200, { ...whole, 'content-length': '' }, 'HEAD GET'],
    ['an unknown digest', 200, { ...whole, 'docker-content-digest': 'md5:1' }, 'HEAD GET'],
    ['405', 405, {}, 'HEAD GET'],
    ['403, whose reason only a GET has', 403, {}, 'HEAD GET'],
  ];
  for (const [name, status, headers, methods] of heads) {
    test(`HEAD with ${name}: ${methods}`, async (t) => {
      const { server, client, reference } = await serve(t, (request, response) => {
        const { 'content-length': length, ...rest } = headers;
        const sent = length === '' || length === undefined ? rest : headers;
        if (request.method === 'HEAD') return void response.writeHead(status, sent).end();
        response.writeHead(200, whole).end(MANIFEST);
      });
      assert.deepEqual(await client.describe(reference), descriptor);
      assert.equal(server.requests.map(({ method }) => method).join(' '), methods);
    });
  }

  test('another digest than the one that was asked for', async (t) => {
    const { client, reference } = await serve(
      t,
      (_, response) => void response.writeHead(200, whole).end(MANIFEST),
    );
    const digest = digestOf(Buffer.from('other'));
    await assert.rejects(client.describe({ ...reference, digest }), { code: 'digest-mismatch' });
  });

  test('404 is no, and denied is an error with the registry’s reason', async (t) => {
    const missing = await serve(t, (_, response) => sendJson(response, 404, {}));
    assert.equal(await missing.client.exists(missing.reference), false);
    assert.equal(missing.server.requests.length, 1);
    const denied = await serve(t, (request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(403).end();
      sendJson(response, 403, { errors: [{ code: 'DENIED', message: 'ask Bob' }] });
    });
    await assert.rejects(denied.client.exists(denied.reference), { code: 'auth-denied', message: /ask Bob/ });
  });

  test('a blob whose storage refuses HEAD is there', async (t) => {
    const { client, reference } = await serve(t, (request, response) => {
      if (request.url === '/signed') return void response.writeHead(403).end();
      const { port } = request.socket.address() as { port: number };
      response.writeHead(307, { location: `http://localhost:${port}/signed` }).end();
    });
    assert.equal(await client.blobExists(reference, BLOB), true);
  });
});

describe('referrers', () => {
  const entry = (name: string, artifactType: string): object => ({
    mediaType: MANIFEST_TYPE,
    digest: digestOf(Buffer.from(name)),
    size: 10,
    artifactType,
  });
  const page = (manifests: readonly object[]): object => ({
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests,
  });
  const subject = digestOf(Buffer.from('subject'));

  test('page by page, and filtered here where the registry does not', async (t) => {
    const { server, client, reference } = await serve(t, (request, response) => {
      const headers: Record<string, string> = { 'content-type': `${INDEX_TYPE}; charset=utf-8` };
      const url = new URL(request.url ?? '', 'http://r');
      if (url.searchParams.get('last') === null) {
        url.searchParams.set('last', '1');
        headers['link'] = `<${url.pathname}${url.search}>; rel="next"`;
        return sendJson(response, 200, page([entry('a', 'x/sig'), entry('b', 'x/sbom')]), headers);
      }
      sendJson(response, 200, page([entry('c', 'x/sig')]), headers);
    });
    const found = await client.referrers(reference, subject, { artifactType: 'x/sig' });
    assert.deepEqual(
      found.map(({ digest }) => digest),
      [digestOf(Buffer.from('a')), digestOf(Buffer.from('c'))],
    );
    assert.equal(server.requests[0]?.url, `/v2/ai/model/referrers/${subject}?artifactType=x%2Fsig`);
  });

  for (const [name, status, type] of [
    ['404', 404, 'application/json'],
    ['405', 405, 'text/plain'],
    ['200 with a page for people', 200, 'text/html'],
  ] as const) {
    test(`${name}: the fallback tag`, async (t) => {
      const { client, reference } = await serve(t, (request, response) => {
        if (request.url?.includes('/referrers/'))
          return sendJson(response, status, {}, { 'content-type': type });
        assert.ok(request.url?.endsWith(`/manifests/${subject.replace(':', '-')}`));
        sendJson(response, 200, page([entry('a', 'x/sig')]), { 'content-type': INDEX_TYPE });
      });
      assert.equal((await client.referrers(reference, subject)).length, 1);
    });
  }

  test('a list that is none', async (t) => {
    const { client, reference } = await serve(t, (_, response) => {
      sendJson(response, 200, { schemaVersion: 2, layers: [] }, { 'content-type': INDEX_TYPE });
    });
    await assert.rejects(client.referrers(reference, subject), {
      code: 'registry-error',
      message: /is not an index/,
    });
  });

  test('what another client wrote into the fallback index stays there', async (t) => {
    const old = { ...entry('old', 'x/sig'), data: 'e30=', unknown: { a: 1 } };
    let written: { manifests: object[] } | undefined;
    const { client, reference } = await serve(t, async (request, response) => {
      if (request.method === 'PUT') {
        const body = await buffer(request);
        if (request.url?.endsWith(subject.replace(':', '-'))) written = JSON.parse(body.toString());
        return void response.writeHead(201).end();
      }
      sendJson(
        response,
        200,
        { ...page([old]), annotations: { keep: 'me' } },
        { 'content-type': INDEX_TYPE },
      );
    });
    const target = { mediaType: MANIFEST_TYPE, digest: subject, size: 7 };
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        layers: [],
        subject: target,
        config: BLOB,
      }),
    );
    await client.pushManifest(reference, bytes);
    assert.deepEqual(written?.manifests[0], old);
    assert.deepEqual(written?.manifests[1], {
      mediaType: MANIFEST_TYPE,
      digest: digestOf(bytes),
      size: bytes.length,
      artifactType: BLOB.mediaType,
      annotations: {},
    });
    assert.equal((written as unknown as { annotations: { keep: string } }).annotations.keep, 'me');
  });
});

test('warnings of a registry are shown once each', async (t) => {
  const headers = {
    'content-type': MANIFEST_TYPE,
    warning: [
      '299 - "The name \\"ai\\" goes away."',
      '199 x "not for people"',
      '299 - "Read\u001b[31m this"',
    ],
  };
  const { client, reference, log } = await serve(t, (_, response) => {
    for (const [name, value] of Object.entries(headers)) {
      response.setHeader(
        name,
        typeof value === 'string' ? value : value.map((line) => line.replace('\u001b', '')),
      );
    }
    response.writeHead(200).end(MANIFEST);
  });
  await client.resolve(reference);
  await client.resolve(reference);
  const warned = log.filter((line) => line.includes(' warns: '));
  assert.equal(warned.length, 2);
  assert.match(warned[0] ?? '', /warns: \u2068The name "ai" goes away\.\u2069$/);
});
