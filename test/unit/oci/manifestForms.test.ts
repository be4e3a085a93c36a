/** What a manifest says of itself, in its type, its Content-Type and its fields. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MediaType } from '../../../src/oci/spec/descriptor.ts';
import { parseManifest } from '../../../src/oci/spec/manifest.ts';
import { BLOB, MANIFEST, MANIFEST_TYPE, serve } from './support.ts';

const { imageManifest, imageIndex, dockerManifest, dockerManifestList, artifactManifest } = MediaType;

type Field = 'layers' | 'manifests' | 'blobs';

function bytesOf(field: Field, mediaType: string | undefined): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, [field]: [BLOB] }));
}

describe('one form under several names', () => {
  const cases: readonly [came: string | undefined, inner: string | undefined, Field, kept: string][] = [
    [imageManifest, imageManifest, 'layers', imageManifest],
    [dockerManifest, imageManifest, 'layers', imageManifest],
    [imageManifest, dockerManifest, 'layers', dockerManifest],
    [imageManifest, undefined, 'layers', imageManifest],
    [undefined, undefined, 'layers', imageManifest],
    ['application/json', dockerManifest, 'layers', dockerManifest],
    ['text/plain; charset=utf-8', imageManifest, 'layers', imageManifest],
    ['Application/vnd.OCI.image.manifest.v1+json; charset=utf-8', dockerManifest, 'layers', dockerManifest],
    [dockerManifestList, imageIndex, 'manifests', imageIndex],
    [imageIndex, dockerManifestList, 'manifests', dockerManifestList],
    [artifactManifest, artifactManifest, 'blobs', artifactManifest],
  ];
  for (const [came, inner, field, kept] of cases)
    test(`${came}, ${inner} with ${field} is taken as ${kept}`, () =>
      assert.equal(parseManifest(bytesOf(field, inner), came).mediaType, kept));

  test('is resolved from a registry that sends Docker’s type with OCI’s inside', async (t) => {
    const { client, reference } = await serve(t, (request, response) => {
      assert.match(request.url ?? '', /\/manifests\//);
      response.writeHead(200, { 'content-type': dockerManifest });
      response.end(MANIFEST);
    });
    const { descriptor, bytes } = await client.resolve(reference);
    assert.deepEqual([descriptor.mediaType, bytes], [MANIFEST_TYPE, MANIFEST]);
  });
});

describe('two forms', () => {
  const cases: readonly [came: string | undefined, inner: string | undefined, Field][] = [
    [imageIndex, imageManifest, 'layers'],
    [imageManifest, imageIndex, 'manifests'],
    [dockerManifestList, imageManifest, 'layers'],
    [dockerManifest, artifactManifest, 'blobs'],
    [imageManifest, 'application/vnd.example', 'layers'],
    [imageManifest, undefined, 'manifests'],
    [imageIndex, undefined, 'layers'],
    [undefined, imageIndex, 'layers'],
    [undefined, dockerManifest, 'manifests'],
  ];
  for (const [came, inner, field] of cases)
    test(`${came}, ${inner} with ${field} are refused`, () =>
      assert.throws(() => parseManifest(bytesOf(field, inner), came), {
        code: 'manifest-invalid',
        message: /it is labeled /,
      }));
});
