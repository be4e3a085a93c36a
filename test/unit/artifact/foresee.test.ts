import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ArchiveLayer,
  foreseeMember,
  foreseeWeightBytes,
  formatByNames,
  likelyArchives,
  type ModelArtifact,
  withFormat,
} from '../../../src/artifact/index.ts';

function archive(layer: number, size: number, more: Partial<ArchiveLayer> = {}): ArchiveLayer {
  const digest = `sha256:${String(layer).padStart(64, '0')}`;
  return { layer, digest, size, compression: 'none', wants: 'all', root: '', role: 'weights', ...more };
}

function artifact(archives: readonly ArchiveLayer[], more: Partial<ModelArtifact> = {}): ModelArtifact {
  const family = 'modelpack';
  return {
    family,
    format: 'other',
    files: [],
    archives,
    metadata: {},
    runnable: true,
    totalBytes: 0,
    ...more,
  };
}

describe('what archives will have', () => {
  const all = archive(0, 1);
  const inImage = archive(0, 1, { wants: 'model-files' });

  test('members are told by their names', () => {
    const cases: readonly (readonly [string, string, ArchiveLayer])[] = [
      ['model', 'models/tiny.gguf', all],
      ['model', 'tiny-00001-of-00003.gguf', all],
      ['no', 'tiny-00002-of-00003.gguf', all],
      ['no', 'mmproj-tiny.gguf', all],
      ['companion', 'tiny-lora.gguf', all],
      ['companion', 'models/tiny-eagle3.gguf', inImage],
      ['model', 'tiny-lora.gguf', archive(0, 1, { path: 'tiny-lora.gguf' })],
      ['safetensors', 'model.safetensors', all],
      ['other', 'model.onnx', all],
      ['no', 'README.md', all],
      ['maybe', 'tiny', all],
      ['maybe', 'blobs/sha256-1234', inImage],
      ['maybe', 'data.bin', inImage],
      ['no', 'data.bin', all],
      ['no', 'usr/lib/tiny.gguf', inImage],
      ['model', 'usr/lib/tiny.gguf', all],
    ];
    for (const [expected, path, layer] of cases) assert.equal(foreseeMember(layer, path), expected, path);
  });

  test('the likeliest archive is the one that is named so, then the largest, of kits the first', () => {
    const named = archive(1, 5, { path: 'model.gguf' });
    const layers = [
      archive(0, 10),
      named,
      archive(2, 20),
      archive(3, 99, { role: 'other' }),
      archive(4, 99, { path: 'tokenizer.model' }),
      archive(5, 99, { path: 'model-00002-of-00002.gguf' }),
      archive(6, 99, { path: 'draft.gguf' }),
    ];
    const order = (model: ModelArtifact): number[] => likelyArchives(model).map(({ layer }) => layer);
    assert.deepEqual(order(artifact(layers)), [1, 2, 0, 6]);
    assert.deepEqual(order(artifact(layers, { family: 'modelkit' })), [1, 0, 2, 6]);
  });

  test('the format of all weights is what their names say', () => {
    const path = (name: string): ArchiveLayer => archive(0, 1, { path: name });
    assert.equal(formatByNames(artifact([path('a.safetensors'), path('config.json')])), 'safetensors');
    assert.equal(formatByNames(artifact([path('a.safetensors'), path('b.gguf')])), 'gguf');
    assert.equal(formatByNames(artifact([archive(0, 1)])), undefined);
    const safetensors = withFormat(artifact([]), 'safetensors');
    assert.deepEqual([safetensors.format, safetensors.runnable], ['safetensors', false]);
    assert.ok(safetensors.reason);
  });

  test('weights are as large as all shards, seen or not', () => {
    const shard = (layer: number, size: number): ArchiveLayer =>
      archive(layer, size, { path: `m-0000${layer + 1}-of-00002.gguf` });
    const [first, second] = [shard(0, 100), shard(1, 50)];
    const other = archive(2, 7, { path: 'tokenizer.model' });
    const seen = { archive: first, path: first.path ?? '', size: 400, splitCount: undefined };
    assert.equal(foreseeWeightBytes(artifact([first, second, other]), seen), 450);
    const lone = archive(0, 100);
    const whole = { archive: lone, path: 'm.gguf', size: 90, splitCount: 1 };
    assert.equal(foreseeWeightBytes(artifact([lone, archive(1, 999)]), whole), 90);
    assert.equal(foreseeWeightBytes(artifact([lone]), { ...whole, size: undefined }), 100);
    assert.equal(foreseeWeightBytes(artifact([lone, archive(1, 999)]), { ...whole, splitCount: 2 }), 1099);
  });
});
