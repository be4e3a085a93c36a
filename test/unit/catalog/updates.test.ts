/** A look at a tag costs a HEAD if nothing changed, and tells what is missing if something did. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { lookUpTag } from '../../../src/catalog/index.ts';
import { type Descriptor, MediaType, type Reference, RegistryClient } from '../../../src/oci/index.ts';
import { sendJson, startFakeRegistry } from '../../support/fakeRegistry.ts';

interface Document {
  readonly type: string;
  readonly bytes: Buffer;
  readonly digest: string;
}

function document(type: string, value: object): Document {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, ...value }));
  return { type, bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

function blob(letter: string, size: number): Descriptor {
  return { mediaType: 'application/octet-stream', digest: `sha256:${letter.repeat(64)}`, size };
}

function manifest(...layers: readonly Descriptor[]): Document {
  return document(MediaType.imageManifest, { config: blob('c', 10), layers });
}

interface Served {
  readonly reference: Reference;
  readonly registry: RegistryClient;
  /** Methods and last parts of paths. */
  readonly asked: string[];
  /** The content of the tag, which a test may change. */
  tag: Document | undefined;
  /** Answers a HEAD in another way, if it is there. */
  head?: (response: ServerResponse) => void;
}

async function serve(t: TestContext, tag: Document, others: readonly Document[] = []): Promise<Served> {
  const asked: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const selector = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    asked.push(`${request.method} ${selector}`);
    const found = selector === 'x' ? served.tag : others.find(({ digest }) => digest === selector);
    if (request.method === 'HEAD' && served.head !== undefined) {
      served.head(response);
      return;
    }
    if (found === undefined) {
      sendJson(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN' }] });
      return;
    }
    response.writeHead(200, {
      'content-type': found.type,
      'content-length': found.bytes.length,
      'docker-content-digest': found.digest,
    });
    response.end(request.method === 'HEAD' ? undefined : found.bytes);
  };
  const server = await startFakeRegistry(answer);
  const registry = new RegistryClient({ retryBaseMs: 1 });
  t.after(async () => {
    await registry.close();
    await server.close();
  });
  const reference = { registry: server.host, repository: 'ai/m', tag: 'x' };
  const served: Served = { reference, registry, asked, tag };
  return served;
}

const OLD = manifest(blob('a', 1000), blob('b', 50));
const isOld = async ({ digest }: Descriptor): Promise<boolean> =>
  [blob('a', 1000), blob('b', 50)].some((one) => one.digest === digest);

test('a tag that did not change costs one HEAD', async (t) => {
  const { reference, registry, asked } = await serve(t, OLD);
  const model = { reference, manifestDigest: OLD.digest };
  assert.deepEqual(await lookUpTag(model, { registry, isHere: isOld }), {
    seen: OLD.digest,
    missingBytes: undefined,
  });
  assert.deepEqual(asked, ['HEAD x']);
});

test('a tag that changed tells the bytes of what is not here, each content once', async (t) => {
  const fresh = manifest(blob('b', 50), blob('d', 700), blob('d', 700));
  const { reference, registry, asked } = await serve(t, fresh);
  const model = { reference: { ...reference, digest: OLD.digest }, manifestDigest: OLD.digest };
  assert.deepEqual(await lookUpTag(model, { registry, isHere: isOld }), {
    seen: fresh.digest,
    missing: [
      { digest: blob('c', 10).digest, size: 10 },
      { digest: blob('d', 700).digest, size: 700 },
    ],
    missingBytes: 710,
  });
  assert.deepEqual(asked, ['HEAD x', 'GET x']);
});

test('an index whose manifest for this machine is the pulled one is current, and next time costs a HEAD', async (t) => {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const entry = { mediaType: OLD.type, digest: OLD.digest, size: OLD.bytes.length };
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const index = document(MediaType.imageIndex, { manifests: [{ ...entry, platform: { architecture, os } }] });
  const { reference, registry, asked } = await serve(t, index, [OLD]);
  const model = { reference, manifestDigest: OLD.digest };
  const found = await lookUpTag(model, { registry, isHere: isOld });
  assert.deepEqual(found, { seen: index.digest, missingBytes: undefined });
  asked.length = 0;
  await lookUpTag(model, { registry, isHere: isOld, current: found.seen });
  assert.deepEqual(asked, ['HEAD x']);
});

test('the same manifest is current, whatever algorithm the registry names it by', async (t) => {
  const sha512 = `sha512:${createHash('sha512').update(OLD.bytes).digest('hex')}`;
  const { reference, registry, asked } = await serve(t, { ...OLD, digest: sha512 });
  const model = { reference, manifestDigest: OLD.digest };
  const found = await lookUpTag(model, { registry, isHere: isOld });
  assert.deepEqual(found, { seen: sha512, missingBytes: undefined });
  asked.length = 0;
  await lookUpTag(model, { registry, isHere: isOld, current: found.seen });
  assert.deepEqual(asked, ['HEAD x']);
});

for (const [what, status, headers] of [
  ['is not allowed', 405, {}],
  ['has no digest', 200, { 'content-type': OLD.type, 'content-length': OLD.bytes.length }],
  ['has a digest that is none', 200, { 'content-type': OLD.type, 'docker-content-digest': 'md5:1' }],
] as const) {
  test(`a HEAD that ${what} is made up for by a GET`, async (t) => {
    const fresh = manifest(blob('b', 50), blob('d', 700));
    const served = await serve(t, OLD);
    served.head = (response) => {
      response.writeHead(status, headers);
      response.end();
    };
    const { reference, registry } = served;
    const options = { registry, isHere: isOld };
    const model = { reference, manifestDigest: OLD.digest };
    assert.deepEqual(await lookUpTag(model, options), { seen: OLD.digest, missingBytes: undefined });
    served.tag = fresh;
    const { seen, missingBytes } = await lookUpTag(model, options);
    assert.deepEqual([seen, missingBytes], [fresh.digest, 710]);
  });
}

test('a tag that is gone says so', async (t) => {
  const served = await serve(t, OLD);
  served.tag = undefined;
  const { reference, registry } = served;
  await assert.rejects(lookUpTag({ reference, manifestDigest: OLD.digest }, { registry, isHere: isOld }), {
    code: 'not-found',
  });
});
