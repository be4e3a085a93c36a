import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { startRegistryServer } from '../../../src/serve/index.ts';
import { buildDockerModel } from '../../support/dockerModel.ts';
import { addLocalModel } from '../../support/localModel.ts';
import { randomBytes } from '../../support/random.ts';
import { ask, codeOf, recordingLog, serve, serveTinycode, TINYCODE, temporaryFolder } from './support.ts';

const run = promisify(execFile);
const hasSkopeo = await run('skopeo', ['--version']).then(
  () => true,
  () => false,
);

describe('lists', () => {
  test('of the base, repositories and tags', async (t) => {
    const { server } = await serveTinycode(t);
    const base = await ask(server, '/v2/');
    assert.equal(base.status, 200);
    assert.equal(base.headers['docker-distribution-api-version'], 'registry/2.0');
    assert.equal((await ask(server, '/v2')).status, 200);
    const catalog = await ask(server, '/v2/_catalog');
    assert.deepEqual(JSON.parse(catalog.body.toString()), { repositories: ['ai/tinycode'] });
    const tags = await ask(server, '/v2/ai/tinycode/tags/list');
    assert.deepEqual(JSON.parse(tags.body.toString()), { name: 'ai/tinycode', tags: ['Q8_0', 'latest'] });
    assert.equal(tags.headers.link, undefined);
  });

  test('come in pages', async (t) => {
    const { server } = await serveTinycode(t);
    const first = await ask(server, '/v2/ai/tinycode/tags/list?n=1');
    assert.deepEqual(JSON.parse(first.body.toString()).tags, ['Q8_0']);
    assert.equal(first.headers.link, '</v2/ai/tinycode/tags/list?last=Q8_0&n=1>; rel="next"');
    const second = await ask(server, '/v2/ai/tinycode/tags/list?last=Q8_0&n=1');
    assert.deepEqual(JSON.parse(second.body.toString()).tags, ['latest']);
    assert.equal(second.headers.link, undefined);
    const none = await ask(server, '/v2/ai/tinycode/tags/list?n=0');
    assert.deepEqual([JSON.parse(none.body.toString()).tags, none.headers.link], [[], undefined]);
    const bad = await ask(server, '/v2/_catalog?n=-1');
    assert.deepEqual([bad.status, codeOf(bad)], [400, 'PAGINATION_NUMBER_INVALID']);
  });

  test('follow the layout as it changes', async (t) => {
    const { server, store } = await serveTinycode(t);
    await ask(server, '/v2/_catalog');
    await addLocalModel(
      store,
      'ghcr.io/org/new:1',
      await buildDockerModel([TINYCODE], { quantization: 'new' }),
    );
    const catalog = await ask(server, '/v2/_catalog');
    assert.deepEqual(JSON.parse(catalog.body.toString()), { repositories: ['ai/tinycode', 'org/new'] });
  });
});

describe('a manifest', () => {
  test('is answered by tag and digest, for GET and HEAD', async (t) => {
    const { server, model } = await serveTinycode(t);
    const { digest } = model.manifestDescriptor;
    for (const reference of ['latest', 'Q8_0', digest, digest.replace(':', '%3A')]) {
      const path = `/v2/ai/tinycode/manifests/${reference}`;
      const got = await ask(server, path);
      assert.equal(got.status, 200);
      assert.deepEqual(got.body, model.manifest);
      assert.equal(got.headers['content-type'], 'application/vnd.oci.image.manifest.v1+json');
      assert.equal(got.headers['docker-content-digest'], digest);
      assert.equal(got.headers.etag, `"${digest}"`);
      const head = await ask(server, path, { method: 'HEAD' });
      assert.deepEqual(
        [
          head.status,
          head.body.length,
          head.headers['content-length'],
          head.headers['docker-content-digest'],
        ],
        [200, 0, String(model.manifest.length), digest],
      );
    }
    const unchanged = await ask(server, '/v2/ai/tinycode/manifests/latest', {
      headers: { 'If-None-Match': `W/"x", "${digest}"` },
    });
    assert.equal(unchanged.status, 304);
  });

  test('that is not there, or not in this repository, is unknown', async (t) => {
    const { server, store, model } = await serveTinycode(t);
    const other = await buildDockerModel([TINYCODE], { quantization: 'other' });
    await addLocalModel(store, 'ghcr.io/org/other:1', other);
    for (const [path, status, code] of [
      ['/v2/ai/tinycode/manifests/none', 404, 'MANIFEST_UNKNOWN'],
      [`/v2/ai/tinycode/manifests/${other.manifestDescriptor.digest}`, 404, 'MANIFEST_UNKNOWN'],
      [`/v2/ai/tinycode/manifests/${model.configDescriptor.digest}`, 404, 'MANIFEST_UNKNOWN'],
      [`/v2/ai/tinycode/blobs/${other.configDescriptor.digest}`, 404, 'BLOB_UNKNOWN'],
      ['/v2/ai/tinycode/manifests/sha256:../../../store.json', 404, 'UNSUPPORTED'],
      ['/v2/ai/tinycode/manifests/sha256:..', 400, 'DIGEST_INVALID'],
      ['/v2/ai/tinycode/blobs/sha256:layer1', 400, 'DIGEST_INVALID'],
      ['/v2/ai/tinycode/blobs/..%2f..%2fstore.json', 400, 'DIGEST_INVALID'],
      ['/v2/ai/none/manifests/latest', 404, 'NAME_UNKNOWN'],
      ['/v2/ai/none/tags/list', 404, 'NAME_UNKNOWN'],
      ['/v2/a%2f..%2fb/manifests/latest', 400, 'NAME_INVALID'],
      ['/v2/-a/manifests/latest', 400, 'NAME_INVALID'],
      ['/v2/%zz/manifests/latest', 400, 'NAME_INVALID'],
      ['/v2/ai/tinycode/other/x', 404, 'UNSUPPORTED'],
      ['/v1/', 404, 'UNSUPPORTED'],
      ['/', 404, 'UNSUPPORTED'],
    ] as const) {
      const answer = await ask(server, path);
      assert.deepEqual([answer.status, codeOf(answer)], [status, code], path);
      assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
      const head = await ask(server, path, { method: 'HEAD' });
      assert.deepEqual([head.status, head.body.length], [status, 0], path);
    }
  });

  test('that was damaged on disk is not served', async (t) => {
    const { server, store, model } = await serveTinycode(t);
    await ask(server, '/v2/ai/tinycode/manifests/latest');
    const path = store.blobPath(model.manifestDescriptor.digest);
    await chmod(path, 0o644);
    await writeFile(path, model.manifest.toString().replace('4037824', '4037825'));
    assert.equal((await ask(server, '/v2/ai/tinycode/manifests/latest')).status, 404);
  });
});

describe('a blob', () => {
  test('is answered whole, and by ranges', async (t) => {
    const { server, model } = await serveTinycode(t);
    const whole = await readFile(TINYCODE);
    const digest = digestOf(whole);
    const path = `/v2/ai/tinycode/blobs/${digest}`;
    const got = await ask(server, path);
    assert.equal(got.status, 200);
    assert.equal(digestOf(got.body), digest);
    assert.deepEqual(
      [got.headers['accept-ranges'], got.headers.etag, got.headers['docker-content-digest']],
      ['bytes', `"${digest}"`, digest],
    );
    const head = await ask(server, path, { method: 'HEAD', headers: { Range: 'bytes=0-1' } });
    assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, '4037824', 0]);
    for (const [range, first, last] of [
      ['bytes=0-0', 0, 0],
      ['bytes=100-199', 100, 199],
      ['bytes=4037800-', 4_037_800, 4_037_823],
      ['bytes=4037823-9999999', 4_037_823, 4_037_823],
      ['bytes=-24', 4_037_800, 4_037_823],
    ] as const) {
      const part = await ask(server, path, { headers: { Range: range } });
      assert.equal(part.status, 206, range);
      assert.equal(part.headers['content-range'], `bytes ${first}-${last}/4037824`);
      assert.deepEqual(part.body, whole.subarray(first, last + 1));
    }
    for (const range of ['bytes=4037824-', 'bytes=-0']) {
      const answer = await ask(server, path, { headers: { Range: range } });
      assert.deepEqual([answer.status, answer.headers['content-range']], [416, 'bytes */4037824']);
    }
    const small = `/v2/ai/tinycode/blobs/${model.configDescriptor.digest}`;
    for (const range of ['bytes=5-2', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=-', 'bytes=x-y']) {
      const answer = await ask(server, small, { headers: { Range: range } });
      assert.deepEqual([answer.status, answer.body.length], [200, model.config.length], range);
    }
    const ifRange = (tag: string) => ask(server, small, { headers: { Range: 'bytes=0-1', 'If-Range': tag } });
    assert.equal((await ifRange(`"${model.configDescriptor.digest}"`)).status, 206);
    assert.equal((await ifRange('"other"')).status, 200);
  });

  test('that was cut off on disk is not served', async (t) => {
    const { server, store, model } = await serveTinycode(t);
    const digest = model.layers[0]?.descriptor.digest ?? '';
    await chmod(store.blobPath(digest), 0o644);
    await truncate(store.blobPath(digest), 100);
    const answer = await ask(server, `/v2/ai/tinycode/blobs/${digest}`);
    assert.deepEqual(
      [answer.status, codeOf(answer), answer.headers['accept-ranges']],
      [404, 'BLOB_UNKNOWN', undefined],
    );
  });

  test('that is a link or a pipe is not served', {
    skip: process.platform === 'win32' && 'links need a permission on Windows',
  }, async (t) => {
    const { server, store, model } = await serveTinycode(t);
    const [layer] = model.layers;
    assert.ok(layer);
    const { digest, size } = layer.descriptor;
    const path = store.blobPath(digest);
    const secret = join(await temporaryFolder(t), 'secret');
    await writeFile(secret, randomBytes(size));
    await rm(path);
    await symlink(secret, path);
    const url = `/v2/ai/tinycode/blobs/${digest}`;
    assert.equal((await ask(server, url)).status, 404);
    await rm(path);
    await run('mkfifo', [path]);
    assert.equal((await ask(server, url)).status, 404);
    // Nor is a manifest, which is read in another way.
    const manifest = store.blobPath(digestOf(model.manifest));
    await rename(manifest, secret);
    await symlink(secret, manifest);
    assert.equal((await ask(server, '/v2/ai/tinycode/manifests/latest')).status, 404);
  });

  test('that nobody reads any more does not stop the server', async (t) => {
    const log = recordingLog();
    const { server, model } = await serveTinycode(t, log);
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /v2/ai/tinycode/blobs/${model.layers[0]?.descriptor.digest} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.destroy();
    assert.equal((await ask(server, '/v2/')).status, 200);
    await server.close();
    assert.deepEqual(log.lines, [], 'a client that leaves is nothing to warn of');
  });
});

describe('the server', () => {
  test('refuses to write', async (t) => {
    const { server } = await serveTinycode(t);
    for (const [method, path] of [
      ['POST', '/v2/ai/tinycode/blobs/uploads/'],
      ['PUT', '/v2/ai/tinycode/manifests/latest'],
      ['PATCH', '/v2/ai/tinycode/blobs/uploads/1'],
      ['DELETE', '/v2/ai/tinycode/manifests/latest'],
    ] as const) {
      const answer = await ask(server, path, { method });
      assert.deepEqual(
        [answer.status, codeOf(answer), answer.headers.allow],
        [405, 'UNSUPPORTED', 'GET, HEAD'],
      );
    }
  });

  test('answers only under its own names', async (t) => {
    const { server, store } = await serveTinycode(t);
    const status = async (host: string, on = server) =>
      (await ask(on, '/v2/_catalog', { headers: { Host: host } })).status;
    for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1', '127.1.2.3:80', '[::1]:5000']) {
      assert.equal(await status(host), 200, host);
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '10.0.0.1',
      'a b',
      '[::2]',
    ]) {
      assert.equal(await status(host), 403, host);
    }
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write('GET /v2/ HTTP/1.0\r\n\r\n');
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 403 /, 'no Host at all');
    socket.destroy();
    const other = await serve(t, { layout: store.root, host: 'localhost' });
    assert.match(other.host, /^localhost:\d+$/);
    assert.equal(await status('localhost', other), 200);
  });

  test('serves a layout of another tool', async (t) => {
    const layout = await temporaryFolder(t);
    const blobs = join(layout, 'blobs', 'sha256');
    await mkdir(blobs, { recursive: true });
    const put = async (bytes: Buffer, mediaType: string) => {
      await writeFile(join(blobs, digestOf(bytes).slice('sha256:'.length)), bytes);
      return { mediaType, digest: digestOf(bytes), size: bytes.length };
    };
    const config = await put(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json');
    const layer = await put(randomBytes(64), 'a/b');
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const manifestOf = (n: number) =>
      Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer], annotations: { n: `${n}` } }),
      );
    const child = await put(manifestOf(1), mediaType);
    const indexType = 'application/vnd.oci.image.index.v1+json';
    const nested = await put(
      Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [child] })),
      indexType,
    );
    const missing = { mediaType, digest: digestOf(Buffer.from('missing')), size: 7 };
    const named = (descriptor: object, annotations: object) => ({ ...descriptor, annotations });
    const refName = 'org.opencontainers.image.ref.name';
    const manifests = [
      named(child, { [refName]: 'v1' }),
      named(child, { [refName]: 'v1', 'io.containerd.image.name': 'quay.io/Org/thing:v1' }),
      named(child, { [refName]: 'v1', 'io.containerd.image.name': 'quay.io/org/thing:v1' }),
      named(nested, { [refName]: 'ghcr.io/org/multi:all' }),
      named(missing, { [refName]: 'ghcr.io/org/multi:missing' }),
      child,
      named(child, { [refName]: '../evil:x' }),
    ];
    await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    const server = await serve(t, { layout, defaultRepository: 'local/thing' });
    const catalog = JSON.parse((await ask(server, '/v2/_catalog')).body.toString());
    assert.deepEqual(catalog.repositories, ['local/thing', 'org/multi', 'org/thing']);
    const index = await ask(server, '/v2/org/multi/manifests/all');
    assert.deepEqual([index.status, index.headers['content-type']], [200, indexType]);
    assert.equal((await ask(server, `/v2/org/multi/manifests/${child.digest}`)).status, 200);
    assert.equal((await ask(server, `/v2/org/multi/blobs/${layer.digest}`)).body.length, 64);
    assert.equal((await ask(server, '/v2/org/multi/manifests/missing')).status, 404);
    assert.equal((await ask(server, '/v2/local/thing/manifests/v1')).status, 200);
    assert.equal((await ask(server, `/v2/local/thing/manifests/${nested.digest}`)).status, 404);
  });

  test('does not start without a layout, or on a port that is taken', async (t) => {
    const { server, store } = await serveTinycode(t);
    const empty = await temporaryFolder(t);
    await assert.rejects(startRegistryServer({ layout: empty }), (error: unknown) =>
      isModelError(error, 'store-error'),
    );
    await assert.rejects(
      startRegistryServer({ layout: store.root, port: Number(new URL(server.url).port) }),
      (error: unknown) => isModelError(error, 'registry-error') && error.message.includes('EADDRINUSE'),
    );
  });
});

describe('skopeo', { skip: !hasSkopeo && 'skopeo is not installed' }, () => {
  test('inspects, lists and copies', async (t) => {
    const { server, model } = await serveTinycode(t);
    const target = await temporaryFolder(t);
    const source = `docker://${server.host}/ai/tinycode:latest`;
    const raw = await run('skopeo', ['inspect', '--tls-verify=false', '--raw', source]);
    assert.equal(raw.stdout, model.manifest.toString());
    const tags = await run('skopeo', [
      'list-tags',
      '--tls-verify=false',
      `docker://${server.host}/ai/tinycode`,
    ]);
    assert.deepEqual(JSON.parse(tags.stdout).Tags, ['Q8_0', 'latest']);
    await run('skopeo', [
      '--insecure-policy',
      'copy',
      '--src-tls-verify=false',
      source,
      `oci:${target}:copy`,
    ]);
    const copy = await serve(t, { layout: target, defaultRepository: 'ai/copy' });
    const answer = await ask(copy, '/v2/ai/copy/manifests/copy', { method: 'HEAD' });
    assert.equal(answer.headers['docker-content-digest'], model.manifestDescriptor.digest);
    const layer = await ask(copy, `/v2/ai/copy/blobs/${model.layers[0]?.descriptor.digest}`);
    assert.equal(digestOf(layer.body), model.layers[0]?.descriptor.digest);
  });
});
