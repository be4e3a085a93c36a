/** Files that go with a model and are none, by their names and types (reports of the tools named at each). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MediaType } from '../../../src/oci/spec/descriptor.ts';
import { DOCKER_V02, GGUF, type LayerInput, read, refusal } from './support.ts';

const MODEL = 'X-8B-Q4_K_M.gguf';

/** Bytes: a model is much larger than what goes with it. */
function sizeOf(name: string): number {
  return name === MODEL ? 4000 : 500;
}

/** Roles by path of an artifact of files with titles. */
function titled(...titles: readonly string[]): Record<string, string> {
  const layers = titles.map((title) => ({
    type: 'application/octet-stream',
    title,
    size: sizeOf(title),
  }));
  return roles({ artifactType: 'application/vnd.example', configType: MediaType.empty, layers });
}

function roles(input: Parameters<typeof read>[0]): Record<string, string> {
  return Object.fromEntries(read(input).files.map(({ path, role }) => [path, role]));
}

describe('beside a model', () => {
  const cases: readonly (readonly [name: string, role: string])[] = [
    // ggml-org/llama.cpp#28337 and #28809: draft models.
    ['laguna-s-2.1-DFlash-BF16.gguf', 'draft'],
    ['X-8B-Q8_0-MTP.gguf', 'draft'],
    ['X-8B-draft-Q4_0.gguf', 'draft'],
    ['x-eagle3-f16.gguf', 'draft'],
    // ggml-org/ggml#1487: what a name's type says.
    ['X-8B-F16-LoRA.gguf', 'adapter'],
    ['X-8B-vocab.gguf', 'tokenizer'],
    ['ggml-vocab-llama-bpe.gguf', 'tokenizer'],
    ['imatrix.gguf', 'other'],
    ['X-8B.imatrix.gguf', 'other'],
    ['imatrix_unsloth.gguf_file', 'other'],
    // unslothai/unsloth#8566, #8919: attributes of macOS.
    ['._X-8B-Q4_K_M.gguf', 'other'],
    ['mmproj-F16.gguf', 'projector'],
    ['X-8B.mmproj-Q8_0.gguf', 'projector'],
    ['x-mm-proj.gguf', 'projector'],
    ['X_MM_Projector_f16.gguf', 'projector'],
    ['x-vision-encoder-f16.gguf', 'projector'],
    ['model.mmproj', 'projector'],
    ['llava-clip.gguf', 'projector'],
    ['X_clip_f16.gguf', 'projector'],
    ['X-vit-f16.gguf', 'projector'],
    ['X-8B-vision-f16.gguf', 'projector'],
    ['X-visual.gguf', 'projector'],
    ['X-vision-model.gguf', 'projector'],
    ['other-speech-encoder.gguf', 'projector'],
    ['multi_modal_projector.gguf', 'projector'],
    ['X-draftmodel.gguf', 'draft'],
    ['X-draft-model.gguf', 'draft'],
    ['X draft.gguf', 'draft'],
    ['X (draft).gguf', 'draft'],
    ['draft model.gguf', 'draft'],
    ['X-drafts.gguf', 'draft'],
    ['X-mtp1.gguf', 'draft'],
    ['X-nextn1.gguf', 'draft'],
    ['X-eagle3.1.gguf', 'draft'],
    ['X+lora.gguf', 'adapter'],
    ['X-loras.gguf', 'adapter'],
    ['cvector.gguf', 'adapter'],
    ['X-ControlVector.gguf', 'adapter'],
    ['X-tokenizer.gguf', 'tokenizer'],
    ['X-vae.gguf', 'other'],
    ['X-8B-Q4_K_M-imatrix.gguf', 'other'],
    ['imatrix-Q4_K_M.gguf', 'other'],
  ];
  for (const [name, role] of cases) {
    test(`${name} is ${role}, wherever it stands`, () => {
      assert.deepEqual(titled(MODEL, name), { [MODEL]: 'weights', [name]: role });
      assert.deepEqual(titled(name, MODEL), { [MODEL]: 'weights', [name]: role });
      const layer = (path: string): LayerInput => ({ type: GGUF, path, size: sizeOf(path) });
      const inFolder = { configType: DOCKER_V02, layers: [layer(name), layer(MODEL)] };
      if (!name.endsWith('_file')) assert.equal(roles(inFolder)[MODEL], 'weights');
    });
  }

  test('a draft that comes first in Docker’s order is neither the model nor a part of it', () => {
    const layers = [
      { type: GGUF, path: 'x-DFlash-BF16.gguf', size: 500 },
      { type: GGUF, path: MODEL, size: 4000 },
    ];
    assert.deepEqual(roles({ layers }), { [MODEL]: 'weights', 'x-DFlash-BF16.gguf': 'draft' });
  });

  test('names that only look so are models', () => {
    for (const name of [
      'llama-3-8b-imatrix-Q4_K_M.gguf',
      'drafting-assistant-Q4_0.gguf',
      'exploration-7b.gguf',
      'vocabulist.gguf',
      'clip-lover-7b.gguf',
      'vitamin-7b.gguf',
      'X-11B-Vision-Instruct-Q4_K_M.gguf',
    ]) {
      assert.deepEqual(titled(name, 'imatrix.gguf')[name], 'weights');
    }
  });

  test('a projector is told by any type that says so as a word', () => {
    for (const type of [
      'application/vnd.docker.ai.gguf.v3.mmproj',
      'application/vnd.docker.ai.mmproj',
      'application/vnd.docker.ai.gguf.v4.mmproj',
      'application/vnd.example.mmproj.v1+gguf',
    ]) {
      const layers = [
        { type, title: 'vision.gguf' },
        { type: GGUF, path: MODEL },
      ];
      assert.equal(roles({ layers })['vision.gguf'], 'projector', type);
    }
    const layers = [{ type: 'application/vnd.commprojects.weights', title: MODEL }];
    assert.deepEqual(roles({ artifactType: 'application/vnd.example', layers }), { [MODEL]: 'weights' });
  });

  test('a type that somebody made up says what a GGUF is beside a model only', () => {
    for (const [type, role] of [
      ['application/vnd.acme.projector', 'projector'],
      ['application/vnd.acme.vision-encoder.gguf', 'projector'],
      ['application/vnd.acme.lora+gguf', 'adapter'],
    ] as const) {
      const artifactType = 'application/vnd.example';
      const file = { type, title: 'part.gguf' };
      const model = { type: 'application/octet-stream', title: MODEL };
      assert.equal(roles({ artifactType, layers: [file, model] })['part.gguf'], role, type);
      assert.deepEqual(roles({ artifactType, layers: [file] }), { 'part.gguf': 'weights' }, type);
    }
  });

  test('without the model is refused before the download, and named', () => {
    const alone = (type: string, path: string): string => refusal({ layers: [{ type, path }] });
    assert.match(alone(GGUF, 'mmproj-F16.gguf'), /only a projector for images/);
    assert.match(alone('application/vnd.docker.ai.gguf.v3.lora', 'x.gguf'), /only an adapter \(LoRA\)/);
  });
});

test('a file and a folder of one name are refused before the download', () => {
  for (const paths of [
    ['a/b.json', 'a', MODEL],
    ['a', 'a/b/c.json', MODEL],
    ['A/b.json', 'a', MODEL],
  ]) {
    const layers = paths.map((path) => ({ type: GGUF.replace('gguf.v3', 'license'), path }));
    layers.push({ type: GGUF, path: 'm.gguf' });
    assert.match(refusal({ layers }), /has a file and a folder named "a/);
  }
});

describe('an artifact without a model', () => {
  const IMAGE_LAYER = 'application/vnd.oci.image.layer.v1.tar';
  const subject = {
    mediaType: MediaType.imageManifest,
    digest: `sha256:${'a'.repeat(64)}`,
    size: 7,
  };

  test('of files with titles is no container image, though oras gives them a layer’s type', () => {
    const layers = ['README.md', 'x.png', 'y.png', 'z.png'].map((title) => ({ type: IMAGE_LAYER, title }));
    assert.match(
      refusal({ configType: MediaType.empty, layers }),
      /has no model, only files \(README\.md, x\.png, y\.png and 1 more\)/,
    );
  });

  test('of files that are surely no weights is refused before the download, whatever their type is', () => {
    for (const type of [IMAGE_LAYER, `${IMAGE_LAYER}+gzip`, 'application/octet-stream']) {
      for (const title of [
        'a.py',
        'data.json',
        'Dockerfile',
        'Modelfile',
        '.gitattributes',
        'docs/notes.pdf',
      ]) {
        assert.match(refusal({ configType: MediaType.empty, layers: [{ type, title }] }), /no model/, title);
      }
    }
    const layers = [{ type: 'application/octet-stream', title: 'bundle' }];
    assert.match(refusal({ artifactType: 'application/vnd.cncf.helm.config.v1+json', layers }), /Helm chart/);
  });

  test('that is attached to another one says so', () => {
    const layers = [{ type: IMAGE_LAYER }];
    assert.match(refusal({ configType: MediaType.empty, layers, subject }), /belongs to another artifact/);
    const sbom = [{ type: 'application/spdx+json' }];
    assert.match(refusal({ configType: MediaType.empty, layers: sbom, subject }), /bill of materials/);
  });

  test('but a model may have a subject', () => {
    assert.deepEqual(roles({ layers: [{ type: GGUF, path: MODEL }], subject }), { [MODEL]: 'weights' });
  });

  test('that is a ModelKit names the one that has the model, also beside parts', () => {
    const kit = (path: string, part: string): string =>
      refusal({
        configType: 'application/vnd.kitops.modelkit.config.v1+json',
        config: { model: { path } },
        layers: [{ type: `application/vnd.kitops.modelkit.${part}.v1.tar`, path: 'x' }],
      });
    assert.match(kit('ghcr.io/org/base:1', 'code'), /Pull ghcr\.io\/org\/base:1 instead\./);
    assert.match(kit('jozu.ml/org/base', 'modelpart'), /Pull jozu\.ml\/org\/base instead/);
    assert.match(kit('base:1', 'modelpart'), /Pull base:1 instead/);
    assert.match(kit('./weights', 'code'), /Choose a ModelKit that has one\./);
  });

  test('with the names of the first ModelKit specification is one all the same', () => {
    const artifact = read({
      configType: 'application/vnd.jozu.model.config.v1+json',
      config: { package: { name: 'kit' }, model: { path: './model.gguf' } },
      layers: [{ type: 'application/vnd.jozu.model.content.v1.tar+gzip' }],
    });
    assert.equal(artifact.family, 'modelkit');
    assert.deepEqual(
      artifact.archives.map(({ role, compression }) => [role, compression]),
      [['weights', 'gzip']],
    );
  });
});

describe('a file whose name does not say what it is', () => {
  const TAR = 'application/vnd.oci.image.layer.v1.tar';
  const opened = (input: Parameters<typeof read>[0]): unknown[] =>
    read(input).archives.map(({ role, compression, path }) => [role, compression, path]);

  test('may be a model, and is looked at by its first bytes', () => {
    for (const [type, compression] of [
      [TAR, 'detect'],
      [`${TAR}+gzip`, 'gzip'],
      ['application/octet-stream', 'detect'],
      ['application/x-gguf', 'detect'],
    ] as const) {
      for (const title of ['Qwen3-0.6B-Q8_0', 'models', 'SmolLM2.Q4_K_M', '/home/u/qwen3', 'weights.blob']) {
        for (const configType of [MediaType.empty, 'application/vnd.unknown.config.v1+json']) {
          assert.deepEqual(opened({ configType, layers: [{ type, title }] }), [
            ['weights', compression, undefined],
          ]);
        }
      }
    }
  });

  test('is left alone beside one that says it', () => {
    const layers = ['notes', 'x.gguf'].map((title) => ({ type: TAR, title }));
    const artifact = read({ configType: MediaType.empty, layers });
    assert.deepEqual(artifact.archives, []);
    assert.deepEqual(
      artifact.files.map(({ path, role }) => [path, role]),
      [
        ['x.gguf', 'weights'],
        ['notes', 'other'],
      ],
    );
  });

  test('is the model where it is by far the largest, and else none is chosen', () => {
    const files = (...sizes: readonly number[]): Parameters<typeof read>[0] => ({
      configType: MediaType.empty,
      layers: sizes.map((size, index) => ({ type: TAR, title: `A-${index + 1}`, size })),
    });
    assert.deepEqual(
      read(files(10, 4000)).archives.map(({ layer }) => layer),
      [1],
    );
    assert.match(refusal(files(4000, 4000)), /has several files that could be the model \(A-1, A-2\)/);
    assert.match(refusal(files(4, 4, 4, 4)), /A-3 and 1 more\)/);
  });

  test('is a layer where the artifact has the config of an image', () => {
    const configType = 'application/vnd.oci.image.config.v1+json';
    const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } };
    for (const title of ['layer0', 'README.md', 'app.tar']) {
      const image = read({ configType, config, layers: [{ type: `${TAR}+gzip`, title }] });
      assert.deepEqual([image.family, image.archives.length], ['container-image', 1], title);
    }
    const program = { ...config, config: { Entrypoint: ['/bin/sh'] } };
    const layers = [{ type: TAR, title: 'layer0' }];
    assert.match(refusal({ configType, config: program, layers }), /is a container image/);
    // Old versions of oras were given the type with an empty file.
    const files = [{ type: TAR, title: 'README.md' }];
    assert.match(
      refusal({ configType, config: '', layers: files }),
      /has no model, only files \(README\.md\)/,
    );
  });
});

test('a single GGUF is a model whatever companion its name sounds like: its header decides', () => {
  for (const name of [
    'Star-Projector-v2-Q4_K_M.gguf',
    'Hercules-Vision-Adapter-8B-Q4_K_M.gguf',
    'vision-tower-7b.gguf',
    'Image-Encoder-Captioner-3B.gguf',
    'film-projector-7b.Q4.gguf',
    'imageencoder.gguf',
    'commmproject-7b.gguf',
    'Qwen3-0.6B-draft-Q8_0.gguf',
    'llama-lora-merged.gguf',
    'vocab.gguf',
  ]) {
    assert.deepEqual(titled(name), { [name]: 'weights' });
    assert.deepEqual(titled(name, 'README.md'), { [name]: 'weights', 'README.md': 'other' });
    for (const type of [GGUF, 'application/vnd.cncf.model.weight.v1.gguf']) {
      const layers = [{ type, path: name }];
      assert.deepEqual(roles({ configType: DOCKER_V02, layers }), { [name]: 'weights' });
    }
  }
});

describe('a file that is too large for what its name says', () => {
  const pairs: readonly (readonly [name: string, size: number, other: string, otherSize: number])[] = [
    ['Eagle-7B-Q4_K_M.gguf', 4000, 'extra-7B.gguf', 4000],
    ['Eagle2-9B-Q4_K_M.gguf', 5000, 'tiny.gguf', 100],
    ['Medusa-7B.Q4.gguf', 4000, 'README.gguf', 10],
    ['speculative-7b.gguf', 4000, 'a.gguf', 4100],
    ['MiMo-7B-RL-MTP-Q4_K_M.gguf', 4200, 'MiMo-7B-RL-Q4_K_M.gguf', 4000],
    ['M-draft.gguf', 1334, 'M.gguf', 4000],
    ['x-lora-merged-Q4_K_M.gguf', 3900, 'x-Q4.gguf', 4000],
    ['guanaco-7b-qlora.Q4_K_M.gguf', 3900, 'other-7b.gguf', 4000],
    ['control-vector-7b.gguf', 4000, 'small.gguf', 100],
    ['vision-tower-7b.gguf', 4000, 'small.gguf', 100],
    ['Pixtral-12B-Vision-F16.gguf', 4000, 'other-12B-F16.gguf', 4100],
    ['Star-Projector-v2-Q4_K_M.gguf', 4000, 'other-13b.gguf', 8000],
    ['X-8B-Q4_K_M-imatrix.gguf', 4000, 'X-8B-Q4_K_M.gguf', 4000],
    ['M-clip.gguf', 4000, 'x.gguf', 500],
  ];
  for (const [name, size, other, otherSize] of pairs) {
    test(`is another model, and none is chosen: ${name} and ${other}`, () => {
      const files = [
        { path: name, size },
        { path: other, size: otherSize },
      ];
      for (const order of [files, files.toReversed()]) {
        const layers = order.map((file) => ({ type: GGUF, ...file }));
        const said = /has 2 models in it \((.*), (.*)\), and nothing says which one to run/;
        // The first specification has parts in the order of the manifest, but these are none of one model.
        for (const more of [{}, { configType: DOCKER_V02 }]) {
          const [, ...names] = said.exec(refusal({ ...more, layers })) ?? [];
          assert.deepEqual(names.sort(), [name, other].sort());
        }
      }
    });
  }

  test('but eagle and medusa are drafts by their size', () => {
    for (const name of ['EAGLE-LLaMA3.gguf', 'medusa.gguf', 'x-eagle-head.gguf']) {
      assert.equal(titled(name, MODEL)[name], 'draft');
    }
  });

  test('is measured against all parts of a model', () => {
    const layers = [
      { type: GGUF, path: 'm-draft.gguf', size: 900 },
      ...[1, 2, 3].map((part) => ({ type: GGUF, path: `m-0000${part}-of-00003.gguf`, size: 1000 })),
    ];
    assert.equal(roles({ configType: DOCKER_V02, layers })['m-draft.gguf'], 'draft');
  });
});
