import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ArchiveMember, type ModelArtifact, withMembers } from '../../../src/artifact/index.ts';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { filesOf, type LayerInput, type ManifestInput, read, weightPaths } from './support.ts';

const KIT_CONFIG = 'application/vnd.kitops.modelkit.config.v1+json';
const IMAGE_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

function kitLayer(part: string, content: string): LayerInput {
  return { type: `application/vnd.kitops.modelkit.${part}.v1.tar`, content };
}

function kit(layers: readonly LayerInput[], config: object = {}): ModelArtifact {
  return read({ configType: KIT_CONFIG, config, layers });
}

function image(): ModelArtifact {
  const input: ManifestInput = {
    configType: 'application/vnd.oci.image.config.v1+json',
    config: { config: { Labels: { 'org.containers.type': 'ai.image.model.raw' } } },
    layers: [{ type: IMAGE_LAYER, content: 'image' }],
  };
  return read(input);
}

function member(path: string, layer = 0, content = path): ArchiveMember {
  return { layer, path, size: 10, digest: digestOf(Buffer.from(content)) };
}

function refusal(artifact: ModelArtifact, members: readonly ArchiveMember[]): string {
  try {
    withMembers(artifact, members);
  } catch (error) {
    assert.ok(isModelError(error, 'unsupported-artifact'), String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: 'it was accepted' });
}

describe('members of archives', () => {
  test('get their roles by their names, and keep the digest and the layer that they come from', () => {
    const artifact = withMembers(kit([kitLayer('docs', 'd'), kitLayer('model', 'm')]), [
      member('docs/README.md', 0),
      member('m/model.gguf', 1),
      member('m/tokenizer.json', 1),
    ]);
    assert.deepEqual(filesOf(artifact), [
      'weights m/model.gguf',
      'other docs/README.md',
      'tokenizer m/tokenizer.json',
    ]);
    const [weights] = artifact.files;
    assert.deepEqual([weights?.layer, weights?.digest], [1, member('m/model.gguf').digest]);
    assert.deepEqual(
      [artifact.format, artifact.runnable, artifact.totalBytes, artifact.archives],
      ['gguf', true, 30, []],
    );
  });

  test('that are the shards of one model come in their order, whichever layers they are in', () => {
    const layers = ['a', 'b', 'c'].map((name) => kitLayer(name === 'a' ? 'model' : 'modelpart', name));
    const shards = [3, 1, 2].map((part, layer) => member(`m-0000${part}-of-00003.gguf`, layer));
    assert.deepEqual(weightPaths(withMembers(kit(layers), shards)), [
      'm-00001-of-00003.gguf',
      'm-00002-of-00003.gguf',
      'm-00003-of-00003.gguf',
    ]);
    assert.match(refusal(kit(layers), shards.slice(1)), /only 2 of the 3 parts/);
  });

  test('of data sets and code are no model, whatever they are called', () => {
    const artifact = kit([kitLayer('model', 'm'), kitLayer('dataset', 'd'), kitLayer('code', 'c')]);
    const members = [member('a.gguf', 0), member('b.gguf', 1), member('c.safetensors', 2)];
    assert.deepEqual(filesOf(withMembers(artifact, members)), [
      'weights a.gguf',
      'other b.gguf',
      'other c.safetensors',
    ]);
  });

  test('of a part that the Kitfile calls an adapter are adapters', () => {
    const model = kitLayer('model', 'm');
    const part = kitLayer('modelpart', 'p');
    const digest = digestOf(Buffer.from('p'));
    const config = { model: { path: 'a.gguf', parts: [{ path: 'b.gguf', type: 'LoRA', digest }] } };
    assert.deepEqual(
      filesOf(withMembers(kit([model, part], config), [member('a.gguf', 0), member('b.gguf', 1)])),
      ['weights a.gguf', 'adapter b.gguf'],
    );
  });

  test('without a name that says more are weights where the config does', () => {
    const config = { model: { path: './weights', format: 'gguf' } };
    assert.deepEqual(filesOf(withMembers(kit([kitLayer('model', 'm')], config), [member('weights')])), [
      'weights model.gguf',
    ]);
  });

  test('in other formats do not run here', () => {
    const artifact = withMembers(kit([kitLayer('model', 'm')]), [
      member('model.safetensors'),
      member('config.json'),
    ]);
    assert.deepEqual([artifact.format, artifact.runnable], ['safetensors', false]);
    assert.match(artifact.reason ?? '', /which vLLM can serve/);
    const onnx = withMembers(kit([kitLayer('model', 'm')]), [member('model.onnx')]);
    assert.deepEqual([onnx.format, onnx.reason], ['other', 'Not runnable here: it has no GGUF file.']);
  });

  test('a GGUF among other formats is what runs', () => {
    const artifact = withMembers(kit([kitLayer('model', 'm')]), [
      member('model.safetensors'),
      member('model.gguf'),
    ]);
    assert.deepEqual(filesOf(artifact), ['weights model.gguf', 'other model.safetensors']);
  });

  test('without a model among them are refused, with what is there', () => {
    assert.match(
      refusal(image(), [member('etc/LICENSE')]),
      /container image has no model in it, only LICENSE\./,
    );
    assert.match(refusal(image(), []), /container image has no model in it\./);
    assert.match(refusal(kit([kitLayer('model', 'm')]), [member('mmproj-x.gguf')]), /only a projector/);
  });

  test('under one path are refused, but one file twice is one', () => {
    const artifact = kit([kitLayer('model', 'm'), kitLayer('docs', 'd')]);
    const model = member('m.gguf');
    assert.match(
      refusal(artifact, [model, member('README.md', 0, '1'), member('readme.MD', 1, '2')]),
      /two different files named/,
    );
    const same = [model, member('README.md', 0, '1'), member('README.md', 1, '1')];
    assert.equal(withMembers(artifact, same).files.length, 2);
  });

  test('of which one is the folder of another are refused, in either order', () => {
    const artifact = kit([kitLayer('model', 'm'), kitLayer('docs', 'd')]);
    const [file, inside] = [member('docs', 1, '1'), member('Docs/readme.md', 1, '2')];
    for (const members of [
      [file, inside],
      [inside, file],
    ])
      assert.match(refusal(artifact, [member('m.gguf'), ...members]), /a file and a folder named "docs"/i);
    const beside = [member('docs.md', 1, '1'), member('docs/readme.md', 1, '2')];
    assert.equal(withMembers(artifact, [member('m.gguf'), ...beside]).files.length, 3);
  });

  test('with an unsafe path, or of a layer that is no archive, are refused', () => {
    const artifact = kit([kitLayer('model', 'm')]);
    for (const path of ['../../x.gguf', '/x.gguf', 'a/../x.gguf', 'c:x.gguf']) {
      const message = path.startsWith('../') ? undefined : refusal(artifact, [member(path)]);
      if (message !== undefined) assert.match(message, /has a file named/);
      else assert.deepEqual(weightPaths(withMembers(artifact, [member(path)])), ['x.gguf']);
    }
    assert.match(refusal(artifact, [member('m.gguf', 3)]), /layer 3 of this artifact is not an archive/);
  });

  test('give way to none: a file that we named takes another name', () => {
    const artifact = read({
      layers: [
        { type: 'application/vnd.docker.ai.gguf.v3', path: 'm.gguf' },
        { type: 'application/vnd.docker.ai.license', content: 'l' },
        { type: 'application/vnd.docker.ai.dir.tar', content: 't' },
      ],
    });
    assert.deepEqual(filesOf(withMembers(artifact, [member('LICENSE', 2)])), [
      'weights m.gguf',
      'license LICENSE-2',
      'license LICENSE',
    ]);
  });
});

describe("RamaLama's model.file", () => {
  test('names the model of several', () => {
    const artifact = withMembers(image(), [
      member('models/a/a.gguf', 0, 'a'),
      member('models/b/b.gguf', 0, 'b'),
      member('models/model.file', 0, 'b'),
    ]);
    assert.deepEqual(filesOf(artifact), ['weights models/b/b.gguf', 'other models/a/a.gguf']);
  });

  test('names all shards by the first', () => {
    const shards = [1, 2].map((part) => member(`models/m/m-0000${part}-of-00002.gguf`));
    const pointer = { ...member('models/model.file'), digest: shards[0]?.digest ?? '' };
    assert.equal(weightPaths(withMembers(image(), [pointer, ...shards])).length, 2);
  });

  test('is the model itself where it is a file of its own', () => {
    assert.deepEqual(weightPaths(withMembers(image(), [member('models/model.file')])), ['model.gguf']);
  });

  test('without it several models are refused', () => {
    assert.match(
      refusal(image(), [member('a.gguf'), member('b.gguf')]),
      /2 models in it \(a\.gguf, b\.gguf\)/,
    );
  });
});
