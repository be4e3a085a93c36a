import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { pastablePath, shellWord } from '../../../src/base/shell.ts';

const NAMES = [
  'model.gguf',
  'a b.gguf',
  "it's.gguf",
  '$(touch pwned).gguf',
  '`touch pwned`.gguf',
  'a;touch pwned.gguf',
  'a&touch pwned&.gguf',
  '$HOME!x.gguf',
  '#x~*?{a,b}.gguf',
];

describe('a word of a command line', () => {
  test('is what it was for a real shell', { skip: process.platform === 'win32' && 'has no sh' }, () => {
    for (const name of NAMES) {
      const printed = execFileSync('sh', ['-c', `printf %s ${shellWord(name)}`]).toString();
      assert.equal(printed, name);
    }
  });

  test('of a copied path is quoted only if a shell would do something with it', () => {
    assert.equal(pastablePath('/home/u/model.gguf', 'linux'), '/home/u/model.gguf');
    assert.equal(
      pastablePath('/Users/u/Application Support/model.gguf', 'darwin'),
      '/Users/u/Application Support/model.gguf',
    );
    assert.equal(pastablePath('/s/$(touch x).gguf', 'linux'), "'/s/$(touch x).gguf'");
    assert.equal(pastablePath('C:\\Users\\u\\model.gguf', 'win32'), 'C:\\Users\\u\\model.gguf');
    assert.equal(pastablePath("C:\\s\\$(calc)'s.gguf", 'win32'), "'C:\\s\\$(calc)''s.gguf'");
  });
});
