/** Pushing, referring and deleting, against a real docker-registry. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type BlobSource,
  type Descriptor,
  digestOf,
  MediaType,
  parseReference,
  RegistryClient,
} from '../../src/oci/index.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { randomBytes } from '../support/random.ts';

const skip = hasDockerRegistry() ? false : 'docker-registry is not installed';
const OCTETS = 'application/octet-stream';

function blobOf(bytes: Buffer, mediaType = OCTETS): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function sourceOf(bytes: Buffer): BlobSource {
  return async function* (first, end) {
    for (let at = first; at < end; at += 40_000) yield bytes.subarray(at, Math.min(end, at + 40_000));
  };
}

describe('push', { skip }, () => {
  let server: DockerRegistry;
  const client = new RegistryClient({ retryBaseMs: 5 });
  const content = randomBytes(300_000);
  const layer = blobOf(content);
  const empty = blobOf(Buffer.from('{}'), MediaType.empty);

  before(async () => {
    server = await startDockerRegistry();
  });
  after(async () => {
    await client.close();
    await server.close();
  });

  async function pushArtifact(
    repository: string,
    tag: string,
    more: object = {},
  ): Promise<{ bytes: Buffer; descriptor: Descriptor }> {
    const reference = parseReference(`${server.host}/${repository}:${tag}`);
    await client.pushBlob(reference, layer, sourceOf(content));
    await client.pushBlob(reference, empty, sourceOf(Buffer.from('{}')));
    const manifest = { schemaVersion: 2, mediaType: MediaType.imageManifest, config: empty, layers: [layer] };
    const bytes = Buffer.from(JSON.stringify({ ...manifest, ...more }));
    return { bytes, descriptor: await client.pushManifest(reference, bytes) };
  }

  test('in one request; the second time it is there', async () => {
    const reference = parseReference(`${server.host}/ai/whole`);
    const sent: number[] = [];
    const onProgress = (bytes: number): void => void sent.push(bytes);
    assert.equal(await client.blobExists(reference, layer), false);
    assert.equal(await client.pushBlob(reference, layer, sourceOf(content), { onProgress }), 'uploaded');
    assert.deepEqual(sent, [content.length]);
    assert.equal(await client.blobExists(reference, layer), true);
    assert.equal(await client.pushBlob(reference, layer, sourceOf(content)), 'existed');
    assert.deepEqual(await client.readBlob(reference, layer, { maxBytes: 1 << 20 }), content);
  });

  test('an empty blob, and one of sha512', async () => {
    const reference = parseReference(`${server.host}/ai/odd`);
    const nothing = blobOf(Buffer.alloc(0));
    assert.equal(await client.pushBlob(reference, nothing, sourceOf(Buffer.alloc(0))), 'uploaded');
    assert.equal(await client.blobExists(reference, nothing), true);
    const sha512 = { ...layer, digest: digestOf(content, 'sha512') };
    assert.equal(await client.pushBlob(reference, sha512, sourceOf(content)), 'uploaded');
    assert.deepEqual(await client.readBlob(reference, sha512, { maxBytes: 1 << 20 }), content);
  });

  test('in chunks, the last one shorter', async () => {
    const reference = parseReference(`${server.host}/ai/chunks`);
    const sent: number[] = [];
    const options = { chunkBytes: 130_000, onProgress: (bytes: number) => void sent.push(bytes) };
    assert.equal(await client.pushBlob(reference, layer, sourceOf(content), options), 'uploaded');
    assert.deepEqual(sent, [130_000, 260_000, 300_000, 300_000]);
    assert.deepEqual(await client.readBlob(reference, layer, { maxBytes: 1 << 20 }), content);
  });

  test('mounted from another repository', async () => {
    const source = parseReference(`${server.host}/ai/mount-source`);
    await client.pushBlob(source, layer, sourceOf(content));
    const target = parseReference(`${server.host}/ai/mount-target`);
    const never: BlobSource = () => assert.fail('the content was asked for');
    assert.equal(await client.pushBlob(target, layer, never, { mountFrom: 'ai/mount-source' }), 'mounted');
    // A repository that does not have it gives an upload instead.
    const other = parseReference(`${server.host}/ai/mount-other`);
    const mountFrom = 'ai/nothing-here';
    assert.equal(await client.pushBlob(other, layer, sourceOf(content), { mountFrom }), 'uploaded');
  });

  test('content that is not what its descriptor says', async () => {
    const reference = parseReference(`${server.host}/ai/wrong`);
    const short = sourceOf(content.subarray(0, 299_999));
    await assert.rejects(client.pushBlob(reference, layer, short), { code: 'size-mismatch' });
    const other = { ...layer, digest: digestOf(Buffer.from('other')) };
    await assert.rejects(client.pushBlob(reference, other, sourceOf(content)), {
      code: 'registry-error',
      status: 400,
      message: /DIGEST_INVALID/,
    });
    assert.equal(await client.blobExists(reference, layer), false);
  });

  test('a manifest by tag, by digest, and under several names', async () => {
    const { bytes, descriptor } = await pushArtifact('ai/names', 'v1');
    const tagged = parseReference(`${server.host}/ai/names:v1`);
    assert.deepEqual(await client.describe(tagged), descriptor);
    assert.equal(await client.exists(tagged), true);
    assert.equal(await client.exists(parseReference(`${server.host}/ai/names:v2`)), false);
    const byDigest = parseReference(`${server.host}/ai/names@${descriptor.digest}`);
    assert.deepEqual(await client.describe(byDigest), descriptor);
    assert.deepEqual(
      await client.pushManifest(byDigest, bytes, undefined, { tags: ['v2', 'v3'] }),
      descriptor,
    );
    assert.deepEqual((await client.tags(server.host, 'ai/names')).sort(), ['v1', 'v2', 'v3']);
    assert.deepEqual((await client.resolve(parseReference(`${server.host}/ai/names:v3`))).bytes, bytes);
    const wrong = parseReference(`${server.host}/ai/names@${digestOf(Buffer.from('x'))}`);
    await assert.rejects(client.pushManifest(wrong, bytes), { code: 'digest-mismatch' });
  });

  test('a manifest whose blobs are not there', async () => {
    const missing = blobOf(Buffer.from('missing'));
    const manifest = {
      schemaVersion: 2,
      mediaType: MediaType.imageManifest,
      config: missing,
      layers: [missing],
    };
    const reference = parseReference(`${server.host}/ai/incomplete`);
    await assert.rejects(client.pushManifest(reference, Buffer.from(JSON.stringify(manifest))), {
      code: 'registry-error',
      message: /BLOB_UNKNOWN/,
    });
  });

  test('referrers, on a registry that keeps no list of them', async () => {
    const { descriptor: subject } = await pushArtifact('ai/signed', 'v1');
    const reference = parseReference(`${server.host}/ai/signed`);
    assert.deepEqual(await client.referrers(reference, subject.digest), []);
    const annotations = { by: 'tester' };
    const signature = { artifactType: 'application/vnd.test.signature', subject, annotations };
    const first = await pushArtifact('ai/signed', 'signature', signature);
    const second = await pushArtifact('ai/signed', 'sbom', {
      artifactType: 'application/vnd.test.sbom',
      subject,
    });
    const entry = { ...first.descriptor, artifactType: 'application/vnd.test.signature', annotations };
    const all = await client.referrers(reference, subject.digest);
    assert.deepEqual(all[0], entry);
    assert.deepEqual(
      all.map(({ digest }) => digest),
      [first.descriptor.digest, second.descriptor.digest],
    );
    const artifactType = 'application/vnd.test.signature';
    assert.deepEqual(await client.referrers(reference, subject.digest, { artifactType }), [entry]);
    await client.deleteManifest(reference, first.descriptor.digest);
    const left = await client.referrers(reference, subject.digest);
    assert.deepEqual(
      left.map(({ digest }) => digest),
      [second.descriptor.digest],
    );
  });

  test('deleting a manifest and a blob; this registry cannot delete a tag alone', async () => {
    const { descriptor } = await pushArtifact('ai/gone', 'v1');
    const reference = parseReference(`${server.host}/ai/gone:v1`);
    await assert.rejects(client.deleteTag(reference, 'v1'), { code: 'registry-error' });
    await client.deleteManifest(reference, descriptor.digest);
    assert.equal(await client.exists(reference), false);
    await client.deleteBlob(reference, layer.digest);
    assert.equal(await client.blobExists(reference, layer), false);
    await assert.rejects(client.deleteBlob(reference, layer.digest), { code: 'not-found' });
  });
});
