import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageFiles } from '../../../src/transfer/unpack/image.ts';

/** The paths that an image's model gets, of an image with one layer. */
function modelPaths(paths: readonly string[], links: Readonly<Record<string, string>> = {}): string[] {
  const contents = {
    digest: 'sha256:layer',
    wants: 'model-files' as const,
    members: paths.map((path) => ({ path, size: 1, digest: `sha256:${path}` })),
    links: Object.entries(links).map(([path, target]) => ({ path, target })),
    removed: [],
    opaque: [],
  };
  return imageFiles([{ layer: 0, contents }]).flatMap(({ members }) => members.map(({ path }) => path));
}

test('the chosen shard of an image brings the others of its model, and no shard of another one', () => {
  const whole = ['models/m-00001-of-00002.gguf', 'models/m-00002-of-00002.gguf'];
  const others = ['models/m-00001-of-00003.gguf', 'models/n-00002-of-00002.gguf', 'models/m'];
  const link = { 'models/model.file': 'models/m-00001-of-00002.gguf' };
  assert.deepEqual(modelPaths([...whole, ...others], link), whole);
});

test('of weights in several formats the first in order counts, whatever the case of its ending', () => {
  assert.deepEqual(modelPaths(['m/a.safetensors', 'm/b.GGUF', 'm/pytorch_model.bin']), ['m/b.GGUF']);
  assert.deepEqual(modelPaths(['m/a.safetensors', 'm/pytorch_model.bin']), ['m/a.safetensors']);
});
