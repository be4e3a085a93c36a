/** Content that a registry does not have, and that its manifest says to be elsewhere. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { addressesElsewhere } from '../../../src/oci/client/elsewhere.ts';
import { parseReference, RegistryClient } from '../../../src/oci/index.ts';
import { type Handler, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { BLOB, CONTENT, readBody } from './support.ts';

const LOGIN = { username: 'u', password: 'p' };

/** Honest about parts. */
const serveContent: Handler = (request, response) => {
  const [, first = '0', last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (last === undefined) return void response.end(CONTENT);
  const range = `bytes ${first}-${last}/${CONTENT.length}`;
  response.writeHead(206, { 'content-range': range });
  response.end(CONTENT.subarray(Number(first), Number(last) + 1));
};

const missing: Handler = (_, response) => {
  response.writeHead(404, { 'content-type': 'application/json' });
  response.end('{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown"}]}');
};

async function listen(t: TestContext, handler: Handler) {
  const server = await startFakeRegistry(handler);
  t.after(() => server.close());
  return server;
}

function clientOf(t: TestContext): RegistryClient {
  const client = new RegistryClient({ retryBaseMs: 1, credentials: { get: async () => LOGIN } });
  t.after(() => client.close());
  return client;
}

describe('a blob that the registry does not have', () => {
  test('comes from the address in its descriptor, part after part, without a login', async (t) => {
    const registry = await listen(t, (request, response) => {
      if (request.headers.authorization !== undefined) return missing(request, response);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' });
      response.end();
    });
    const other = await listen(t, serveContent);
    const client = clientOf(t);
    const reference = parseReference(`${registry.host}/ai/m:1`);
    // As that of a registry, which would be asked with a login if the registry had sent us there.
    const urls = ['ftp://x.test/a', `http://${other.host}/v2/ai/m/blobs/${BLOB.digest}`];
    for (const [offset, end] of [
      [0, 3000],
      [3000, 5000],
    ] as const) {
      const { body } = await client.fetchBlob(reference, { ...BLOB, urls }, { offset, end });
      assert.deepEqual(await readBody(body), CONTENT.subarray(offset, end));
    }
    assert.equal(other.requests.length, 2);
    assert.ok(other.requests.every(({ headers }) => headers.authorization === undefined));
    // The second part went there at once.
    assert.equal(registry.requests.length, 2);
  });

  test('comes without a login though the server asks for one', async (t) => {
    const registry = await listen(t, missing);
    const other = await listen(t, (_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' });
      response.end();
    });
    const urls = [`http://${other.host}/v2/ai/m/blobs/${BLOB.digest}`];
    const reference = parseReference(`${registry.host}/ai/m:1`);
    await assert.rejects(clientOf(t).fetchBlob(reference, { ...BLOB, urls }), (error) =>
      isModelError(error, 'registry-error'),
    );
    assert.deepEqual(
      other.requests.map(({ headers }) => headers.authorization),
      [undefined],
    );
  });

  test('is refused if its digest is another one', async (t) => {
    const registry = await listen(t, missing);
    const other = await listen(t, (_, response) => void response.end('x'.repeat(CONTENT.length)));
    const descriptor = { ...BLOB, urls: [`http://${other.host}/x`] };
    const reading = clientOf(t).readBlob(parseReference(`${registry.host}/ai/m:1`), descriptor, {
      maxBytes: 10_000,
    });
    await assert.rejects(reading, (error) => isModelError(error, 'digest-mismatch'));
  });

  test('is told with where it should be', async (t) => {
    const registry = await listen(t, missing);
    const other = await listen(t, missing);
    const reference = parseReference(`${registry.host}/ai/m:1`);
    const told = async (url: string): Promise<string> => {
      const error: unknown = await clientOf(t)
        .fetchBlob(reference, { ...BLOB, urls: [url] })
        .catch((error: unknown) => error);
      assert.ok(isModelError(error, 'not-found'));
      return error.message;
    };
    assert.equal(
      await told(`http://${other.host}/x`),
      `${registry.host} does not store one of the files, and ${other.host}, which the manifest names for it, does not have it either. Tell the publisher, or pull another tag.`,
    );
    assert.match(
      await told('http://169.254.169.254/x'),
      /, and 169\.254\.169\.254, .* may not be asked from/,
    );
    assert.match(await told('not an address'), /, and not an address, .* may not be asked from here\./);
  });

  test('of which the registry has a copy comes from there', async (t) => {
    const registry = await listen(t, serveContent);
    const other = await listen(t, serveContent);
    const urls = [`http://${other.host}/x`];
    const { body } = await clientOf(t).fetchBlob(parseReference(`${registry.host}/ai/m:1`), {
      ...BLOB,
      urls,
    });
    assert.deepEqual(await readBody(body), CONTENT);
    assert.equal(other.requests.length, 0);
  });
});

describe('addresses of a descriptor', () => {
  const allowed = (registry: string, ...urls: string[]): string[] =>
    addressesElsewhere({ ...BLOB, urls }, { url: new URL(registry) }).map(({ url }) => url.href);

  test('lead a public registry to public servers over TLS only', () => {
    const urls = [
      'https://files.example/a',
      'http://files.example/a',
      'https://user:pass@files.example/a',
      'https://10.0.0.1/a',
      'https://localhost/a',
      'https://nas.local/a',
      'https://169.254.169.254/a',
      'https://metadata.google.internal/a',
      'file:///etc/passwd',
      'data:,x',
      '/a',
      '',
    ];
    assert.deepEqual(allowed('https://ghcr.io', ...urls), ['https://files.example/a']);
  });

  test('lead a registry of a private network also to its neighbors', () => {
    const urls = ['https://10.0.0.2/a', 'https://127.0.0.1/a', 'https://files.example/a'];
    assert.deepEqual(allowed('https://10.0.0.1', ...urls), ['https://10.0.0.2/a', 'https://files.example/a']);
  });
});
