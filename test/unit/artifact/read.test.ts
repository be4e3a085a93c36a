import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readArtifact } from '../../../src/artifact/index.ts';
import { MediaType } from '../../../src/oci/spec/descriptor.ts';
import { parseManifest } from '../../../src/oci/spec/manifest.ts';
import {
  DOCKER_V02,
  filesOf,
  GGUF,
  type ManifestInput,
  MODELPACK_CONFIG,
  MODELPACK_RAW,
  ollama,
  read,
  refusal,
  weightPaths,
} from './support.ts';

describe("Docker's model-spec v0.1", () => {
  test('with one GGUF and what goes with it', () => {
    const artifact = read({
      config: {
        config: {
          format: 'gguf',
          quantization: 'IQ2_XXS/Q4_K_M',
          parameters: '361.82 M',
          architecture: 'llama',
          size: '256.35MiB',
          gguf: { 'llama.context_length': '8192' },
        },
      },
      layers: [
        { type: 'application/vnd.docker.ai.license', content: 'l1' },
        { type: GGUF, content: 'weights', size: 5000 },
        { type: 'application/vnd.docker.ai.license', content: 'l2' },
        { type: 'application/vnd.docker.ai.chat.template.jinja', content: 't' },
        { type: 'application/vnd.docker.ai.mmproj', content: 'm' },
      ],
    });
    assert.deepEqual(filesOf(artifact), [
      'weights model.gguf',
      'license LICENSE',
      'license LICENSE-2',
      'template template.jinja',
      'projector mmproj.gguf',
    ]);
    const { family, format, totalBytes } = artifact;
    const { quantization, parameters, architecture, contextTokens } = artifact.metadata;
    assert.deepEqual(
      { family, format, quantization, parameters, architecture, contextTokens, totalBytes },
      {
        family: 'docker',
        format: 'gguf',
        quantization: 'IQ2_XXS/Q4_K_M',
        parameters: '361.82 M',
        architecture: 'llama',
        contextTokens: 8192,
        totalBytes: 5400,
      },
    );
  });

  test("keeps the publisher's name", () => {
    assert.deepEqual(weightPaths(read({ layers: [{ type: GGUF, path: 'smollm2-Q4_0.gguf' }] })), [
      'smollm2-Q4_0.gguf',
    ]);
    assert.deepEqual(weightPaths(read({ layers: [{ type: GGUF, path: 'model.file' }] })), ['model.gguf']);
  });

  test('has shards in the order of the manifest', () => {
    const artifact = read({ layers: [1, 2, 3].map((part) => ({ type: GGUF, content: `part ${part}` })) });
    assert.deepEqual(weightPaths(artifact), [
      'model-00001-of-00003.gguf',
      'model-00002-of-00003.gguf',
      'model-00003-of-00003.gguf',
    ]);
    const other = read({
      layers: [
        { type: GGUF, path: 'b.gguf' },
        { type: GGUF, path: 'a.gguf' },
      ],
    });
    assert.deepEqual(weightPaths(other), ['model-00001-of-00002.gguf', 'model-00002-of-00002.gguf']);
    assert.equal(other.files[0]?.layer, 0);
  });

  test('has shards in the order of their names where they have some', () => {
    const artifact = read({
      layers: [2, 1].map((part) => ({ type: GGUF, path: `big-0000${part}-of-00002.gguf` })),
    });
    assert.deepEqual(weightPaths(artifact), ['big-00001-of-00002.gguf', 'big-00002-of-00002.gguf']);
  });

  test('does not take an adapter or a projector for the model, though their types say gguf', () => {
    const artifact = read({
      layers: [
        { type: `${GGUF}.mmproj`, content: 'p' },
        { type: `${GGUF}.lora`, content: 'a' },
        { type: GGUF, content: 'w' },
      ],
    });
    assert.deepEqual(filesOf(artifact), [
      'weights model.gguf',
      'projector mmproj.gguf',
      'adapter adapter.gguf',
    ]);
    assert.match(refusal({ layers: [{ type: `${GGUF}.lora` }] }), /only an adapter/);
    assert.match(refusal({ layers: [{ type: `${GGUF}.mmproj` }] }), /only a projector/);
  });

  test('reads the config of the published specification, and one from before v0.1', () => {
    const artifact = read({
      configType: 'application/vnd.docker.ai.model.config.v1+json',
      config: {
        descriptor: { createdAt: '2025-01-01T00:00:00Z' },
        config: { gguf: { architecture: 'llama', parameter_count: '1.24 B', quantization: 'Q4_0' } },
      },
      layers: [{ type: 'application/vnd.docker.ai.model.file.v1+gguf' }],
    });
    assert.deepEqual(
      [artifact.metadata.architecture, artifact.metadata.parameters, artifact.metadata.quantization],
      ['llama', '1.24 B', 'Q4_0'],
    );
  });

  test('does without a config that says anything', () => {
    const strange = [
      '',
      '{}',
      '[]',
      'null',
      'not json',
      '{"config":7}',
      '{"config":{"format":7,"context_size":"x"}}',
    ];
    for (const config of strange) {
      const artifact = read({ config, layers: [{ type: GGUF }] });
      assert.deepEqual(
        [artifact.family, artifact.metadata.quantization, artifact.metadata.contextTokens],
        ['docker', undefined, undefined],
        config,
      );
    }
    const text = JSON.stringify({
      schemaVersion: 2,
      layers: [{ mediaType: GGUF, digest: `sha256:${'0'.repeat(64)}`, size: 1 }],
    });
    const manifest = parseManifest(Buffer.from(text));
    assert.ok(manifest.kind === 'manifest');
    assert.equal(readArtifact(manifest, undefined).family, 'docker');
  });

  test('is known by its layers under a config of another kind', () => {
    for (const configType of [MediaType.empty, 'application/vnd.oci.image.config.v1+json', '']) {
      assert.equal(read({ configType, layers: [{ type: GGUF }] }).family, 'docker');
    }
  });

  test('with safetensors or DDUF does not run here, and says so', () => {
    const type = 'application/vnd.docker.ai.safetensors';
    const shards = read({
      config: { config: { format: 'safetensors', safetensors: { architecture: 'qwen2' } } },
      layers: [
        { type, content: '1' },
        { type, content: '2' },
        { type: 'application/vnd.docker.ai.vllm.config.tar', content: 'tar' },
      ],
    });
    assert.deepEqual(
      [shards.format, shards.runnable, shards.reason, shards.metadata.architecture],
      ['safetensors', false, 'Not runnable here: a safetensors model, which vLLM can serve.', 'qwen2'],
    );
    assert.deepEqual(weightPaths(shards), [
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ]);
    assert.deepEqual(
      shards.archives.map(({ layer, role, wants, compression }) => [layer, role, wants, compression]),
      [[2, 'config', 'all', 'none']],
    );
    const dduf = read({ layers: [{ type: 'application/vnd.docker.ai.dduf', path: 'sd.dduf' }] });
    assert.match(dduf.reason ?? '', /DDUF, which is an image generation model/);
    assert.match(refusal({ layers: [] }), /no model in it/);
  });
});

describe("Docker's model-spec v0.2", () => {
  test('tells a projector by its name, and keeps folders', () => {
    const artifact = read({
      configType: DOCKER_V02,
      layers: [
        { type: GGUF, path: 'gguf/mmproj-F16.gguf' },
        { type: GGUF, path: 'gguf/model-Q4_K_M.gguf' },
        { type: 'application/vnd.docker.ai.model.file', path: 'README.md' },
        { type: 'application/vnd.docker.ai.license', path: 'LICENSE' },
      ],
    });
    assert.deepEqual(filesOf(artifact), [
      'weights gguf/model-Q4_K_M.gguf',
      'projector gguf/mmproj-F16.gguf',
      'other README.md',
      'license LICENSE',
    ]);
  });

  test('with several models is refused, not guessed', () => {
    const layers = ['a-Q4_0.gguf', 'a-Q8_0.gguf'].map((path) => ({ type: GGUF, path }));
    assert.match(refusal({ configType: DOCKER_V02, layers }), /2 models.*a-Q4_0\.gguf, a-Q8_0\.gguf/);
  });
});

describe('ModelPack', () => {
  const config = {
    config: { architecture: 'qwen2', format: 'gguf', paramSize: '1.5b', quantization: 'Q8_0' },
  };

  test('with raw layers', () => {
    const artifact = read({
      artifactType: 'application/vnd.cncf.model.manifest.v1+json',
      configType: MODELPACK_CONFIG,
      config,
      layers: [
        { type: 'application/vnd.cncf.model.doc.v1.raw', path: 'README.md' },
        { type: MODELPACK_RAW, path: 'qwen.gguf' },
        { type: MODELPACK_RAW, path: 'mmproj-qwen.gguf' },
        { type: MODELPACK_RAW, path: 'tokenizer.model' },
        { type: 'application/vnd.cncf.model.code.v1.raw', path: 'example.gguf' },
        { type: 'application/vnd.cncf.model.weight.config.v1.raw', path: 'chat_template.jinja' },
      ],
    });
    assert.equal(artifact.family, 'modelpack');
    assert.deepEqual(filesOf(artifact), [
      'weights qwen.gguf',
      'other README.md',
      'projector mmproj-qwen.gguf',
      'tokenizer tokenizer.model',
      'other example.gguf',
      'template chat_template.jinja',
    ]);
    assert.deepEqual(
      [artifact.metadata.parameters, artifact.metadata.quantization, artifact.metadata.architecture],
      ['1.5b', 'Q8_0', 'qwen2'],
    );
  });

  test('is known by any of its three marks, and by the names of its predecessor', () => {
    const layers = [{ type: 'application/octet-stream', path: 'm.gguf' }];
    const artifactType = 'application/vnd.cncf.model.manifest.v1+json';
    assert.equal(read({ artifactType, configType: MediaType.empty, layers }).family, 'modelpack');
    assert.equal(read({ configType: MODELPACK_CONFIG, layers }).family, 'modelpack');
    const old = [
      {
        type: 'application/vnd.cnai.model.weight.v1.raw',
        content: 'x',
        annotations: { 'org.cnai.model.filepath': 'm.gguf' },
      },
    ];
    assert.deepEqual(weightPaths(read({ configType: '', layers: old })), ['m.gguf']);
  });

  test('without a name goes by the format of the config', () => {
    const layers = [{ type: MODELPACK_RAW, content: 'x' }];
    assert.deepEqual(weightPaths(read({ configType: MODELPACK_CONFIG, config, layers })), ['model.gguf']);
    const unknown = read({ configType: MODELPACK_CONFIG, layers });
    assert.deepEqual([unknown.format, unknown.runnable], ['other', false]);
  });

  test('in a tar is an archive, but a bare file that is only typed as tar is not', () => {
    const type = 'application/vnd.cncf.model.weight.v1.tar';
    const metadata = (size: number) => ({
      'org.cncf.model.file.metadata+json': JSON.stringify({ name: 'm', size }),
    });
    const layer = (size: number) => ({ type, path: 'm.gguf', size: 4096, annotations: metadata(size) });
    const archive = (input: ManifestInput['layers'][number]) =>
      read({ configType: MODELPACK_CONFIG, layers: [input] }).archives.map(
        ({ compression, wants, role, path }) => [compression, wants, role, path],
      );
    assert.deepEqual(archive(layer(2048)), [['none', 'all', 'weights', 'm.gguf']]);
    assert.deepEqual(archive({ type, path: 'm.gguf' }), [['none', 'all', 'weights', 'm.gguf']]);
    assert.deepEqual(archive(layer(4096)), []);
    assert.deepEqual(archive({ ...layer(4096), type: `${type}+gzip` }), [
      ['gzip', 'all', 'weights', 'm.gguf'],
    ]);
    assert.deepEqual(archive({ type: `${type}+zstd`, path: 'folder' }), [
      ['zstd', 'all', 'weights', undefined],
    ]);
  });

  test('with safetensors and a shard missing is refused', () => {
    const layers = [{ type: MODELPACK_RAW, path: 'model-00001-of-00002.safetensors' }];
    assert.match(refusal({ configType: MODELPACK_CONFIG, layers }), /only 1 of the 2 parts/);
  });
});

describe('Ollama', () => {
  test('with a model, its templates and licences', () => {
    const config = { model_format: 'gguf', model_family: 'qwen2', model_type: '1.5B', file_type: 'Q4_K_M' };
    const artifact = read(
      ollama(['model', 'system', 'template', 'license', 'license', 'projector', 'adapter'], config),
    );
    assert.equal(artifact.family, 'ollama');
    const roles = artifact.files.map((file) => file.role);
    assert.deepEqual(roles, ['weights', 'config', 'template', 'license', 'license', 'projector', 'adapter']);
    assert.deepEqual(weightPaths(artifact), ['model.gguf']);
    assert.equal(new Set(artifact.files.map((file) => file.path)).size, 7);
    assert.deepEqual(
      [artifact.metadata.architecture, artifact.metadata.parameters, artifact.metadata.quantization],
      ['qwen2', '1.5B', 'Q4_K_M'],
    );
  });

  test('in the cloud, or as safetensors, is refused', () => {
    assert.match(
      refusal(ollama(['license'], { remote_host: 'https://ollama.com', remote_model: 'x' })),
      /cloud model/,
    );
    assert.match(refusal(ollama(['tensor', 'tensor', 'json'], {})), /safetensors/);
    assert.match(refusal(ollama(['model'], { model_format: 'safetensors' })), /safetensors/);
  });
});

describe('a titled artifact', () => {
  const TAR = 'application/vnd.oci.image.layer.v1.tar';

  test('as oras pushes it', () => {
    for (const type of ['application/octet-stream', 'application/x-gguf', TAR]) {
      const artifact = read({ configType: MediaType.empty, layers: [{ type, title: 'My-Model.GGUF' }] });
      assert.deepEqual([artifact.family, ...weightPaths(artifact)], ['generic', 'My-Model.GGUF'], type);
    }
  });

  test('with shards out of order, and one listed twice', () => {
    const layers = [3, 1, 2, 1].map((part) => ({ type: 'a/b', title: `m-0000${part}-of-00003.gguf` }));
    assert.deepEqual(weightPaths(read({ configType: MediaType.empty, layers })), [
      'm-00001-of-00003.gguf',
      'm-00002-of-00003.gguf',
      'm-00003-of-00003.gguf',
    ]);
  });

  test('that misses a shard, or mixes two models, is refused', () => {
    const of = (titles: string[]) => ({
      configType: MediaType.empty,
      layers: titles.map((title) => ({ type: 'a/b', title })),
    });
    assert.match(refusal(of(['m-00001-of-00003.gguf', 'm-00003-of-00003.gguf'])), /only 2 of the 3 parts/);
    assert.match(refusal(of(['m-00001-of-00002.gguf'])), /only 1 of the 2 parts/);
    assert.match(refusal(of(['a-00001-of-00002.gguf', 'b-00002-of-00002.gguf'])), /2 models/);
    assert.match(refusal(of(['a-00001-of-00002.gguf', 'a-00002-of-00002.gguf', 'b.gguf'])), /3 models/);
  });

  test('that is compressed or a folder is an archive', () => {
    const archives = (layer: object) => {
      const input = { type: `${TAR}+gzip`, ...layer };
      return read({ configType: MediaType.empty, layers: [input] }).archives.map(
        ({ compression, role, path }) => [compression, role, path],
      );
    };
    assert.deepEqual(archives({ title: 'model.gguf' }), [['gzip', 'weights', 'model.gguf']]);
    const folder = { title: 'folder', annotations: { 'io.deis.oras.content.unpack': 'true' } };
    assert.deepEqual(archives(folder), [['gzip', 'weights', undefined]]);
    assert.deepEqual(archives({ type: TAR, title: 'model.gguf.tar.gz' }), [['detect', 'weights', undefined]]);
  });
});

describe('what is not a model', () => {
  const cases: [string, ManifestInput, RegExp][] = [
    [
      'a container image',
      {
        configType: 'application/vnd.oci.image.config.v1+json',
        config: { config: { Cmd: ['nginx'] } },
        layers: [{ type: 'application/vnd.oci.image.layer.v1.tar+gzip' }],
      },
      /is a container image/,
    ],
    [
      'a Docker image',
      {
        mediaType: MediaType.dockerManifest,
        configType: 'application/vnd.docker.container.image.v1+json',
        config: { config: { Entrypoint: ['/run'] } },
        layers: [{ type: 'application/vnd.docker.image.rootfs.diff.tar.gzip' }],
      },
      /is a container image/,
    ],
    [
      'a ModelKit that refers to another one',
      {
        configType: 'application/vnd.kitops.modelkit.config.v1+json',
        config: { model: { path: 'ghcr.io/org/base:1' } },
        layers: [{ type: 'application/vnd.kitops.modelkit.code.v1.tar+gzip', path: 'model.gguf' }],
      },
      /takes its model from another one\. Pull ghcr\.io\/org\/base:1 instead\./,
    ],
    [
      'a Helm chart',
      {
        configType: 'application/vnd.cncf.helm.config.v1+json',
        layers: [{ type: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' }],
      },
      /Helm chart/,
    ],
    [
      'a signature',
      {
        configType: 'application/vnd.oci.image.config.v1+json',
        layers: [{ type: 'application/vnd.dev.cosign.simplesigning.v1+json' }],
      },
      /signature/,
    ],
    [
      'something else',
      {
        artifactType: 'application/x-thing',
        configType: MediaType.empty,
        layers: [{ type: 'a/b', title: 'x.txt' }],
      },
      /no model in it \(its type is application\/x-thing\)/,
    ],
  ];
  for (const [name, input, expected] of cases) {
    test(`${name} is named, with what to do`, () => {
      const message = refusal(input);
      assert.match(message, expected);
      assert.match(message, /^This artifact .+\. .+\.$/);
    });
  }
});
