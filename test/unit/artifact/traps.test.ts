/** What packagers write that their specifications do not say, each seen in a registry or in a packager's source. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readArtifact } from '../../../src/artifact/index.ts';
import { MediaType } from '../../../src/oci/spec/descriptor.ts';
import { parseManifest } from '../../../src/oci/spec/manifest.ts';
import { DOCKER_V02, filesOf, GGUF, MODELPACK_RAW, ollama, read, refusal, weightPaths } from './support.ts';

const MODELPACK = 'application/vnd.cncf.model.manifest.v1+json';
const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('GGUF files that are no model of their own', () => {
  test('are adapters and draft models by their names, beside a model', () => {
    const layers = ['qwen-7b.gguf', 'qwen-lora-adapter.gguf', 'qwen-0.5b-draft.gguf'].map((path) => ({
      type: GGUF,
      path,
      size: path === 'qwen-7b.gguf' ? 4000 : 500,
    }));
    assert.deepEqual(filesOf(read({ configType: DOCKER_V02, layers })), [
      'weights qwen-7b.gguf',
      'adapter qwen-lora-adapter.gguf',
      'draft qwen-0.5b-draft.gguf',
    ]);
  });

  test('but a name says nothing of the only one', () => {
    const layers = [{ type: GGUF, path: 'merged-lora.gguf' }];
    assert.deepEqual(weightPaths(read({ configType: DOCKER_V02, layers })), ['merged-lora.gguf']);
  });

  test('Ollama: a draft model has a type', () => {
    assert.deepEqual(filesOf(read(ollama(['model', 'draft', 'adapter']))), [
      'weights model.gguf',
      'draft draft.gguf',
      'adapter adapter.gguf',
    ]);
  });
});

describe('Ollama', () => {
  test('files a model with its projector in one GGUF as a projector', () => {
    assert.deepEqual(filesOf(read(ollama(['projector', 'license']))), [
      'weights model.gguf',
      'license LICENSE',
    ]);
    assert.match(refusal(ollama(['projector', 'projector'])), /only a projector/);
    assert.match(refusal(ollama(['adapter'])), /only an adapter/);
  });

  test('has cloud models, which have no weights', () => {
    const config = { remote_host: 'https://ollama.com:443', remote_model: 'gpt-oss:120b' };
    const message = refusal(ollama(['license', 'params'], config));
    assert.match(message, /is a cloud model of Ollama \(https:\/\/ollama\.com:443\)/);
  });

  test('has models with one blob for each tensor', () => {
    assert.match(refusal(ollama(['tensor', 'tensor', 'json'], {})), /one safetensors blob per tensor/);
  });

  test('has fields of its own in a layer, which say nothing', () => {
    const text = {
      schemaVersion: 2,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', digest: DIGEST, size: 2 },
      layers: [
        {
          mediaType: 'application/vnd.ollama.image.model',
          digest: DIGEST,
          size: 9,
          from: '/home/somebody/blobs/sha256-1',
          name: '../x',
        },
      ],
    };
    const manifest = parseManifest(Buffer.from(JSON.stringify(text)), MediaType.dockerManifest);
    assert.ok(manifest.kind === 'manifest');
    assert.deepEqual(filesOf(readArtifact(manifest, undefined)), ['weights model.gguf']);
  });

  test('and Hugging Face look the same; the registry tells them apart', () => {
    const text = {
      schemaVersion: 2,
      layers: [{ mediaType: 'application/vnd.ollama.image.model', digest: DIGEST, size: 9 }],
    };
    const manifest = parseManifest(Buffer.from(JSON.stringify(text)), MediaType.dockerManifest);
    assert.ok(manifest.kind === 'manifest');
    const families = ['huggingface.co', 'registry.ollama.ai', undefined].map(
      (registry) => readArtifact(manifest, undefined, { registry }).family,
    );
    assert.deepEqual(families, ['huggingface', 'ollama', 'ollama']);
  });
});

describe('mixtures', () => {
  test('a config of Docker over layers of ModelPack, and the other way round', () => {
    const docker = read({
      config: { config: { format: 'gguf' } },
      layers: [{ type: MODELPACK_RAW, path: 'a.gguf' }],
    });
    assert.deepEqual([docker.family, ...filesOf(docker)], ['docker', 'weights a.gguf']);
    const modelpack = read({
      configType: 'application/vnd.cncf.model.config.v1+json',
      layers: [{ type: 'application/octet-stream', path: 'a.gguf' }],
    });
    assert.deepEqual([modelpack.family, ...filesOf(modelpack)], ['modelpack', 'weights a.gguf']);
  });

  test('AIKit: `{}` as the config, a title beside the path, and documents as one tar under a name of their kind', () => {
    const artifact = read({
      artifactType: MODELPACK,
      configType: 'application/vnd.cncf.model.config.v1+json',
      config: {},
      layers: [
        { type: MODELPACK_RAW, path: 'm.gguf', title: 'm.gguf' },
        { type: 'application/vnd.cncf.model.doc.v1.tar', path: 'docs', title: 'docs' },
        { type: 'application/vnd.cncf.model.weight.config.v1.tar', path: 'config', title: 'config.tar.gz' },
      ],
    });
    assert.deepEqual(filesOf(artifact), ['weights m.gguf']);
    assert.deepEqual(
      artifact.archives.map(({ layer, role, path }) => [layer, role, path]),
      [
        [1, 'other', undefined],
        [2, 'config', undefined],
      ],
    );
  });

  test('RamaLama: podman gives the layers any type, and the path says what they are', () => {
    const artifact = read({
      artifactType: MODELPACK,
      configType: MediaType.empty,
      layers: [
        {
          type: 'application/vnd.oci.image.layer.v1.tar',
          path: './tinyllama.gguf',
          size: 70,
          annotations: {
            'org.cncf.model.file.metadata+json': '{"name":"tinyllama.gguf","size":70}',
            'org.cncf.model.file.mediatype.untested': 'true',
          },
        },
      ],
    });
    assert.deepEqual([artifact.family, ...filesOf(artifact)], ['modelpack', 'weights tinyllama.gguf']);
    assert.deepEqual(artifact.archives, []);
  });

  test('weights of ModelPack may be no weights', () => {
    const of = (path: string) =>
      filesOf(
        read({
          artifactType: MODELPACK,
          configType: MediaType.empty,
          layers: [
            { type: MODELPACK_RAW, path: 'm.gguf' },
            { type: MODELPACK_RAW, path },
          ],
        }),
      )[1];
    assert.equal(of('tokenizer.model'), 'tokenizer tokenizer.model');
    assert.equal(of('generation_config.json'), 'config generation_config.json');
    assert.equal(of('README.md'), 'other README.md');
  });

  test('one blob under two names is two files, and twice under one name is one', () => {
    const layers = ['a.gguf', 'mmproj-a.gguf', 'a.gguf'].map((path) => ({
      type: GGUF,
      path,
      content: 'same',
    }));
    const artifact = read({ configType: DOCKER_V02, layers });
    assert.deepEqual(filesOf(artifact), ['weights a.gguf', 'projector mmproj-a.gguf']);
  });
});

describe('the withdrawn OCI artifact manifest', () => {
  const body = {
    mediaType: MediaType.artifactManifest,
    artifactType: MODELPACK,
    blobs: [
      {
        mediaType: MODELPACK_RAW,
        digest: DIGEST,
        size: 9,
        annotations: { 'org.cncf.model.filepath': 'm.gguf' },
      },
    ],
  };

  test('has blobs for layers, and no config', () => {
    const manifest = parseManifest(Buffer.from(JSON.stringify(body)), MediaType.artifactManifest);
    assert.ok(manifest.kind === 'manifest');
    assert.deepEqual([manifest.config, manifest.layers.length], [undefined, 1]);
    assert.deepEqual(filesOf(readArtifact(manifest, undefined)), ['weights m.gguf']);
  });

  test('is not guessed from its fields alone', () => {
    const { mediaType: _, ...rest } = body;
    for (const value of [rest, { ...body, mediaType: MediaType.imageManifest }]) {
      assert.throws(() => parseManifest(Buffer.from(JSON.stringify(value))), { code: 'manifest-invalid' });
    }
    assert.throws(() => parseManifest(Buffer.from(JSON.stringify({ ...body, blobs: 7 }))), {
      code: 'manifest-invalid',
    });
  });
});

describe('sizes and digests of a stranger', () => {
  const manifest = (layer: object) =>
    Buffer.from(
      JSON.stringify({ schemaVersion: 2, layers: [{ mediaType: GGUF, digest: DIGEST, size: 1, ...layer }] }),
    );
  for (const [what, layer] of [
    ['a negative size', { size: -1 }],
    ['a size that is no integer', { size: 1.5 }],
    ['a size as text', { size: '1' }],
    ['a size that no number holds', { size: 2 ** 53 }],
    ['a digest with a path', { digest: 'sha256:../../bad' }],
    ['a digest that is none', { digest: 'sha256:layer1' }],
    ['a digest of the wrong length', { digest: `sha512:${'a'.repeat(64)}` }],
    ['a digest with a dash', { digest: `sha256-${'a'.repeat(64)}` }],
  ] as const) {
    test(`${what} is refused with the place`, () => {
      assert.throws(() => parseManifest(manifest(layer)), {
        code: 'manifest-invalid',
        message: /layers\.0\.(?:size|digest)/,
      });
    });
  }

  test('a hundred thousand layers are refused', () => {
    const layers = Array.from({ length: 100_000 }, () => ({}));
    const text = JSON.stringify({ schemaVersion: 2, layers });
    assert.throws(() => parseManifest(Buffer.from(text)), { code: 'manifest-invalid', message: /layers/ });
  });
});
