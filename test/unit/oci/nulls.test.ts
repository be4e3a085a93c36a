/** What Go programs write for nothing: null in the place of what is absent. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseManifest } from '../../../src/oci/spec/manifest.ts';
import { BLOB, INDEX_TYPE, MANIFEST_TYPE, serve } from './support.ts';

function parse(fields: object): ReturnType<typeof parseManifest> {
  return parseManifest(Buffer.from(JSON.stringify({ schemaVersion: 2, ...fields })));
}

describe('null is absent', () => {
  for (const field of ['annotations', 'subject', 'config', 'artifactType', 'mediaType', 'manifests']) {
    test(`${field} of a manifest`, () => {
      const manifest = parse({ layers: [BLOB], [field]: null });
      assert.deepEqual(manifest, parse({ layers: [BLOB] }));
    });
  }

  for (const field of ['annotations', 'platform', 'artifactType', 'mediaType', 'data', 'urls']) {
    test(`${field} of a descriptor`, () => {
      const { [field]: _, ...rest } = BLOB as Record<string, unknown>;
      const { manifests = [] } = parse({ manifests: [{ ...rest, [field]: null }] }) as {
        manifests?: object[];
      };
      const { manifests: others = [] } = parse({ manifests: [rest] }) as { manifests?: object[] };
      assert.deepEqual(JSON.stringify(manifests), JSON.stringify(others));
    });
  }

  test('an annotation’s value; a platform that tells nothing', () => {
    const platform = { architecture: null, os: '' };
    const parsed = parse({ manifests: [{ ...BLOB, annotations: { a: null, b: 'c' }, platform }] });
    assert.ok(parsed.kind === 'index');
    assert.deepEqual(parsed.manifests[0]?.annotations, { b: 'c' });
    assert.equal(parsed.manifests[0]?.platform, undefined);
  });

  test('a number in the place of a text is not', () => {
    assert.throws(() => parse({ layers: [{ ...BLOB, annotations: { a: 5 } }] }), {
      code: 'manifest-invalid',
    });
  });
});

test('a manifest that an index names and the registry lacks is the registry’s fault', async (t) => {
  const { client, reference } = await serve(t, (request, response) => {
    const isIndex = request.url?.endsWith('/tag') === true;
    response.writeHead(isIndex ? 200 : 404, { 'content-type': isIndex ? INDEX_TYPE : 'application/json' });
    const manifests = [{ ...BLOB, mediaType: MANIFEST_TYPE }];
    response.end(isIndex ? JSON.stringify({ schemaVersion: 2, manifests }) : '{}');
  });
  await assert.rejects(client.resolve(reference), {
    code: 'not-found',
    message: /does not have the manifest sha256:[0-9a-f]{12} of .*, which its index names\. .*incomplete/,
  });
});
