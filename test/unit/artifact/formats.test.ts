import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODEL_FORMATS } from '../../../src/artifact/artifact.ts';
import { EXTENSIONS, formatOfEnding, hasWeightsEnding } from '../../../src/artifact/names/formats.ts';
import { roleOfName } from '../../../src/artifact/names/roles.ts';

test('the ending of a file says its format, and names of weights agree with it', () => {
  for (const format of MODEL_FORMATS.filter((one) => one !== 'other')) {
    const path = `Folder.bin/Model${EXTENSIONS[format].toUpperCase()}`;
    assert.equal(formatOfEnding(path), format);
    assert.equal(hasWeightsEnding(path), true);
    assert.deepEqual(roleOfName(path), { role: 'weights', format });
  }
});

test('endings that several formats have say none', () => {
  for (const path of ['pytorch_model.bin', 'model.onnx', 'consolidated.00.pth', 'x.pt']) {
    assert.deepEqual([formatOfEnding(path), hasWeightsEnding(path)], ['other', true], path);
    assert.deepEqual(roleOfName(path), { role: 'weights', format: 'other' }, path);
  }
  for (const path of ['gguf', 'model.gguf.md5', 'config.json', 'model.gguf/README'])
    assert.deepEqual([formatOfEnding(path), hasWeightsEnding(path)], ['other', false], path);
});
