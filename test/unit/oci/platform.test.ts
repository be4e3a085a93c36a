import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseManifest, ManifestChoiceError, nestedIndexError } from '../../../src/oci/client/platform.ts';
import type { Descriptor } from '../../../src/oci/spec/descriptor.ts';
import type { ImageIndex } from '../../../src/oci/spec/manifest.ts';

const MAC = { os: 'darwin', architecture: 'arm64' };
const TITLE = 'org.opencontainers.image.title';

function entry(letter: string, more: Partial<Descriptor> = {}): Descriptor {
  return {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${letter.repeat(64)}`,
    size: 10,
    ...more,
  };
}

function on(os: string, architecture: string): Pick<Descriptor, 'platform'> {
  return { platform: { os, architecture } };
}

function index(manifests: readonly Descriptor[]): ImageIndex {
  return { kind: 'index', mediaType: '', artifactType: undefined, manifests, annotations: {} };
}

/** The letter of the entry that is chosen. */
function chosen(manifests: readonly Descriptor[]): string {
  return chooseManifest(index(manifests), MAC, 'ghcr.io/org/model:1').digest.slice(-1);
}

function choice(manifests: readonly Descriptor[]): ManifestChoiceError {
  try {
    chosen(manifests);
  } catch (error) {
    assert.ok(error instanceof ManifestChoiceError, String(error));
    assert.equal(error.code, 'unsupported-artifact');
    return error;
  }
  throw new assert.AssertionError({ message: 'one was chosen' });
}

describe('of an index', () => {
  test("this machine's platform comes first, wherever it stands", () => {
    assert.equal(
      chosen([
        entry('1', on('linux', 'arm64')),
        entry('2', on('windows', 'amd64')),
        entry('3', on('darwin', 'arm64')),
      ]),
      '3',
    );
  });

  test('manifests of schema 1 are no choice, and an index of nothing else says what they are', () => {
    const old = { mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' };
    assert.equal(chosen([entry('1', old), entry('2')]), '2');
    assert.throws(() => chosen([entry('1', old), entry('2', old)]), {
      code: 'unsupported-artifact',
      message: /^ghcr\.io\/org\/model:1 only has manifests in Docker’s withdrawn schema 1/,
    });
  });

  test('then Linux with the same processor, as containers have it', () => {
    assert.equal(chosen([entry('1', on('linux', 'amd64')), entry('2', on('linux', 'arm64'))]), '2');
  });

  test('of two that differ in their compression the first is taken', () => {
    const zstd = { annotations: { 'io.github.containers.compression.zstd': 'true' } };
    assert.equal(
      chosen([entry('1', on('darwin', 'arm64')), entry('2', { ...on('darwin', 'arm64'), ...zstd })]),
      '1',
    );
  });

  test('the only one that says nothing about another is taken, whatever its platform', () => {
    assert.equal(
      chosen([
        entry('1', {
          ...on('unknown', 'unknown'),
          annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
        }),
        entry('2', { artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }),
        entry('3', on('linux', 's390x')),
      ]),
      '3',
    );
  });

  test('variants without platforms are for a person to choose', () => {
    const error = choice([
      entry('1', { annotations: { [TITLE]: 'Q4_K_M', 'org.cncf.model.precision': 'int4' } }),
      entry('2', { annotations: { [TITLE]: 'Q8_0' }, artifactType: 'application/x-model' }),
      entry('3'),
    ]);
    assert.deepEqual(error.choices, [
      { digest: entry('1').digest, label: 'Q4_K_M', detail: 'precision: int4' },
      { digest: entry('2').digest, label: 'Q8_0', detail: 'application/x-model' },
      { digest: entry('3').digest, label: 'sha256:333333333333', detail: '' },
    ]);
    assert.match(
      error.message,
      /contains 3 models\. Add @ and the digest of one of them: Q4_K_M sha256:1{64},/,
    );
  });

  test('so are variants that all have one platform and names', () => {
    const named = (letter: string, title: string) =>
      entry(letter, { ...on('linux', 'arm64'), annotations: { [TITLE]: title } });
    assert.deepEqual(
      choice([named('1', 'small'), named('2', 'large')]).choices.map(({ label, detail }) => [label, detail]),
      [
        ['small', 'linux/arm64'],
        ['large', 'linux/arm64'],
      ],
    );
  });

  test('platforms of which none fits are for a person to choose', () => {
    const error = choice([entry('1', on('linux', 'amd64')), entry('2', on('windows', 'amd64'))]);
    assert.match(error.message, /contains 2 models, none for darwin\/arm64/);
    assert.deepEqual(
      error.choices.map(({ label }) => label),
      ['linux/amd64', 'windows/amd64'],
    );
  });

  test('what an index inside has is for a person to choose too', () => {
    const error = nestedIndexError(index([entry('1'), entry('2')]), 'ghcr.io/org/model:1');
    assert.ok(error instanceof ManifestChoiceError);
    assert.match(error.message, /is an index of indexes/);
    assert.equal(error.choices.length, 2);
    const empty = nestedIndexError(index([]), 'ghcr.io/org/model:1');
    assert.match(empty.message, /is an index without a model\./);
  });

  test('texts of a stranger come without control characters, and thousands of entries in one short message', () => {
    const many = Array.from({ length: 10_000 }, () =>
      entry('1', { annotations: { [TITLE]: 'a\u001b[31m\nb' } }),
    );
    const error = choice(many);
    assert.equal(error.choices[0]?.label, 'a [31m b');
    assert.ok(error.message.length < 2000, String(error.message.length));
    assert.match(error.message, /, …\.$/);
  });
});
