import assert from 'node:assert/strict';
import { basename, sep } from 'node:path';
import { describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { parseReference, type Reference } from '../../../src/oci/spec/reference.ts';
import { Layout, safeName } from '../../../src/store/disk/layout.ts';
import fc from '../../support/fastCheck.ts';

const layout = new Layout('/tmp/store');

describe('the name of a reference on disk', () => {
  test('is readable', () => {
    assert.equal(safeName(parseReference('smollm2')), 'docker.io_ai_smollm2_latest');
    assert.match(
      safeName(parseReference('ai/smollm2:135M-Q4_0')),
      /^docker\.io_ai_smollm2_135M-Q4_0~[0-9a-f]{12}$/,
    );
    assert.match(safeName(parseReference('localhost:5000/a/b:c')), /^localhost_5000_a_b_c~[0-9a-f]{12}$/);
  });

  test('differs where disks see no difference', () => {
    const names = [
      'h.io/a/b:q4',
      'h.io/a/b:Q4',
      'h.io/a_b:q4',
      'h.io/a/b:q.4',
      `h.io/a/b@sha256:${'0'.repeat(64)}`,
    ];
    const keys = names.map((name) => safeName(parseReference(name)).toLowerCase());
    assert.equal(new Set(keys).size, names.length);
  });

  test('is safe for every reference, even one that no parser would let through', () => {
    const part = fc.string({ maxLength: 300 });
    const reference = fc.record({ registry: part, repository: part, tag: part, digest: part });
    fc.assert(
      fc.property(reference, reference, (one, two) => {
        const name = safeName(one);
        assert.match(name, /^[A-Za-z0-9._~-]+$/);
        assert.ok(name.length <= 140);
        assert.doesNotMatch(name, /^(?:\.{1,2}|.*\.|(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?)$/i);
        assert.equal(basename(layout.model(one)), name);
        assert.equal(JSON.stringify(one) === JSON.stringify(two), safeName(two) === name);
      }),
    );
  });

  test('is none that Windows reserves', () => {
    const reference: Reference = { registry: 'con.io', repository: 'a', tag: 'x' };
    assert.match(safeName(reference), /^_con\.io_a_x/);
  });
});

describe('paths', () => {
  test('of blobs are made of digests only', () => {
    for (const digest of ['sha256:../../x', 'sha256:00', 'md5:0123', `sha256:${'A'.repeat(64)}`, '']) {
      assert.throws(
        () => layout.blob(digest),
        (error: unknown) => isModelError(error, 'reference-invalid'),
      );
    }
  });

  test('of files never leave the folder of their model', () => {
    const reference = parseReference('smollm2');
    for (const name of ['../x', '/x', 'a/../../x', 'a//b', '.', '', 'a\\b', 'c:x', 'a\0b', 'x'.repeat(256)]) {
      assert.throws(
        () => layout.modelFile(reference, name),
        (error: unknown) => isModelError(error, 'store-error'),
        name,
      );
    }
    const folder = layout.model(reference);
    assert.equal(layout.modelFile(reference, 'a/b.gguf'), `${folder}${sep}a${sep}b.gguf`);
  });
});
