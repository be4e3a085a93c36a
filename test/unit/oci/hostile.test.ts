/** Answers that are as bad as they can be: each ends, and takes little memory and no long breath of the editor's thread. */
import assert from 'node:assert/strict';
import { createHook, executionAsyncResource } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isWithinLimits, parseSmallJson } from '../../../src/base/json.ts';
import { ManifestReader } from '../../../src/oci/client/manifestThread.ts';
import { parseManifest } from '../../../src/oci/spec/manifest.ts';
import { MANIFEST, MANIFEST_TYPE, serve } from './support.ts';

const MEGABYTE = 1_000_000;

function layer(index: number): object {
  const title = `m-${String(index).padStart(5, '0')}.gguf`;
  const digest = `sha256:${String(index).padStart(64, '0')}`;
  return { mediaType: 'a/b', digest, size: index, annotations: { 'org.cncf.model.filepath': title } };
}

function manifestOf(fields: object): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, layers: [], ...fields }));
}

const LAYERS = manifestOf({ layers: Array.from({ length: 10_000 }, (_, index) => layer(index)) });
const INDEX = Buffer.from(
  JSON.stringify({ schemaVersion: 2, manifests: Array.from({ length: 10_000 }, (_, index) => layer(index)) }),
);

/** Texts of up to 4 MiB from which a parser would make a hundred times as much, or take seconds. */
const BOMBS: Readonly<Record<string, Buffer>> = {
  'lists in lists': Buffer.from(`{"layers":${'['.repeat(2e6)}${']'.repeat(2e6)}}`),
  'objects in objects': Buffer.from(`{"x":${'{"a":'.repeat(600_000)}1${'}'.repeat(600_000)}}`),
  'empty objects': Buffer.from(`{"layers":[],"x":[${'{},'.repeat(1_300_000)}{}]}`),
  numbers: Buffer.from(`{"layers":[],"x":[${'1,'.repeat(2_000_000)}1]}`),
  annotations: manifestOf({
    annotations: Object.fromEntries(Array.from({ length: 190_000 }, (_, index) => [`k${index}`, 'v'])),
  }),
  'a few thousand annotations': manifestOf({
    annotations: Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`k${index}`, 'v'])),
  }),
};

describe('manifests of a stranger', () => {
  for (const [name, bytes] of Object.entries(BOMBS)) {
    test(`${name}: refused, and not much memory is taken`, async (t) => {
      const { client, reference } = await serve(t, (_, response) => {
        response.writeHead(200, { 'content-type': MANIFEST_TYPE });
        response.end(bytes);
      });
      const before = process.memoryUsage().heapTotal;
      await assert.rejects(client.resolve(reference), {
        code: 'manifest-invalid',
        message: /too many|more than 1000/,
      });
      assert.ok(process.memoryUsage().heapTotal - before < 100 * MEGABYTE);
    });
  }

  test('ten thousand layers are read in a thread, and are the same as here', async (t) => {
    const reader = new ManifestReader();
    t.after(() => reader.close());
    const messages = countMessages();
    for (const bytes of [LAYERS, INDEX]) {
      assert.deepEqual(await reader.read(bytes, undefined), parseManifest(bytes, undefined));
    }
    assert.ok(messages.stop() >= 40, 'the layers come some at a time');
  });

  test('two at once, a broken one and a cancelled one do not disturb each other', async (t) => {
    const reader = new ManifestReader();
    t.after(() => reader.close());
    const broken = Buffer.concat([LAYERS, Buffer.from('}')]);
    const [first, second, third, fourth] = await Promise.allSettled([
      reader.read(LAYERS, undefined),
      reader.read(broken, undefined),
      reader.read(INDEX, undefined, AbortSignal.abort()),
      reader.read(INDEX, undefined),
    ]);
    assert.equal(first.status, 'fulfilled');
    assert.equal(second.status === 'rejected' && second.reason.code, 'manifest-invalid');
    assert.equal(third.status === 'rejected' && third.reason.code, 'cancelled');
    assert.equal(fourth.status === 'fulfilled' && fourth.value.kind, 'index');
  });

  test('a thread that is ended when it is idle is never ended while it reads', async (t) => {
    const reader = new ManifestReader({ idleMs: 1 });
    t.after(() => reader.close());
    const expected = parseManifest(LAYERS, undefined);
    for (let times = 0; times < 4; times++) assert.deepEqual(await reader.read(LAYERS, undefined), expected);
  });

  test('a thread that cannot be started is done without', async (t) => {
    const reader = new ManifestReader({ entry: '/nowhere/manifestMain.js' });
    t.after(() => reader.close());
    assert.deepEqual(await reader.read(LAYERS, undefined), parseManifest(LAYERS, undefined));
  });
});

/** Counts messages of threads that this one receives. */
function countMessages(): { stop(): number } {
  let count = 0;
  const hook = createHook({
    before() {
      if (executionAsyncResource().constructor.name === 'MessagePort') count++;
    },
  });
  hook.enable();
  return {
    stop() {
      hook.disable();
      return count;
    },
  };
}

describe('bodies without an end', () => {
  /** One byte after the other, which never stalls. */
  function trickle(response: ServerResponse, type: string, status = 200): void {
    response.writeHead(status, { 'content-type': type });
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  }

  test('a manifest, a list and a token that trickle end', async (t) => {
    const { server, client, reference } = await serve(
      t,
      (request, response) => {
        if (request.url?.includes('/closed/') !== true) return trickle(response, MANIFEST_TYPE);
        response.writeHead(401, {
          'www-authenticate': `Bearer realm="http://${request.headers.host}/token"`,
        });
        return void response.end();
      },
      { smallBodyMs: 200 },
    );
    const late = { code: 'offline', retryable: false, message: /sent only \d+ bytes in/ };
    await assert.rejects(client.resolve(reference), late);
    await assert.rejects(client.tags(server.host, 'ai/m'), late);
    await assert.rejects(client.tags(server.host, 'closed/m'), late);
    assert.equal(server.requests.length, 4);
  });

  test('a config that trickles ends', async (t) => {
    const { client, reference } = await serve(t, (_, response) => trickle(response, 'application/json'), {
      smallBodyMs: 200,
    });
    const digest = `sha256:${'a'.repeat(64)}`;
    await assert.rejects(
      client.readBlob(reference, { mediaType: '', digest, size: 1000 }, { maxBytes: 4096 }),
      {
        code: 'offline',
        message: /sent only \d+ bytes in/,
      },
    );
  });

  test('a body that grows as fast as it should is read to its end', async (t) => {
    const padded = Buffer.concat([MANIFEST, Buffer.alloc(48 * 1024, 0x20)]);
    const { client, reference } = await serve(
      t,
      (_, response) => {
        response.writeHead(200, { 'content-type': MANIFEST_TYPE, 'content-length': padded.length });
        let at = 0;
        const timer = setInterval(() => {
          response.write(padded.subarray(at, at + 4096));
          at += 4096;
          if (at >= padded.length) response.end(() => clearInterval(timer));
        }, 120);
        response.on('close', () => clearInterval(timer));
      },
      { smallBodyMs: 1000 },
    );
    assert.equal((await client.resolve(reference)).manifest.kind, 'manifest');
  });

  test('an encoded bomb is not decoded', async (t) => {
    const bomb = gzipSync(Buffer.alloc(64 * MEGABYTE, 0x20));
    const { client, reference } = await serve(t, (_, response) => {
      response.writeHead(200, { 'content-type': MANIFEST_TYPE, 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    await assert.rejects(client.resolve(reference), {
      code: 'manifest-invalid',
      message: /larger than 4 MiB/,
    });
  });

  test('a manifest that came encoded unasked is read', async (t) => {
    const { client, reference } = await serve(t, (request, response) => {
      assert.equal(request.headers['accept-encoding'], 'identity');
      response.writeHead(200, { 'content-type': MANIFEST_TYPE, 'content-encoding': 'gzip' });
      response.end(gzipSync(MANIFEST));
    });
    assert.deepEqual((await client.resolve(reference)).bytes, MANIFEST);
  });
});

describe('JSON within limits', () => {
  test('strings do not count, whatever is in them', () => {
    const limits = { depth: 2, members: 3 };
    assert.ok(isWithinLimits(Buffer.from('{"[[[[,,,,":"\\"{{{{"}'), limits));
    assert.ok(!isWithinLimits(Buffer.from('[[[1]]]'), limits));
    assert.ok(!isWithinLimits(Buffer.from('[1,2,3,4]'), limits));
    assert.ok(isWithinLimits(Buffer.from('"open [[['), limits));
  });

  test('a mark before the text is no part of it', () => {
    assert.deepEqual(parseSmallJson(Buffer.from('\uFEFF{"a":1}')), { a: 1 });
    assert.equal(parseSmallJson(Buffer.from('{')), undefined);
  });
});
