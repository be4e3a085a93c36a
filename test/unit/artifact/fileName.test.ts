import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { safeFileName } from '../../../src/artifact/names/fileName.ts';
import { isModelError } from '../../../src/base/error.ts';
import fc from '../../support/fastCheck.ts';
import { DOCKER_V02, GGUF, read } from './support.ts';

function isRefused(error: unknown): boolean {
  return isModelError(error, 'unsupported-artifact');
}

describe('a file name', () => {
  test('that is a plain relative path stays as it is', () => {
    for (const name of [
      'model.gguf',
      'a/b/c.gguf',
      'Modèle 7B (Q4).gguf',
      '.gitattributes',
      'console.gguf',
      'com.gguf',
      'con air.gguf',
    ]) {
      assert.equal(safeFileName(name), name);
    }
  });

  test('loses leading ../, which modctl can write', () => {
    assert.equal(safeFileName('../../models/a.gguf'), 'models/a.gguf');
    assert.equal(safeFileName('./a.gguf'), 'a.gguf');
  });

  test('that some system takes for more is refused', () => {
    const names = [
      '',
      '/',
      '/etc/passwd',
      'a/../../b',
      '../..',
      'a/..',
      'a//b',
      'a/',
      'a\\b',
      '..\\b',
      'C:\\x',
      'C:x',
      'a:stream',
      'a\0b',
      'a\nb',
      'con',
      'NUL.gguf',
      'NUL .gguf',
      'a/aux  .tar.gz',
      'a/lpt1.gguf',
      'COM¹',
      'model.gguf.',
      'model.gguf ',
      ' model.gguf',
      'a?',
      'a*b',
      '"a"',
      'x'.repeat(201),
      'é'.repeat(101),
      'a/'.repeat(600) + 'a',
      // What has no shape of its own disguises names.
      'photo\u202efugg.gguf',
      'mo\u200bdel.gguf',
      'model\ufe00.gguf',
      'a\u2028b.gguf',
      'model\u{e0041}.gguf',
      'half\ud800.gguf',
      'a\u0085b.gguf',
    ];
    for (const name of names)
      assert.throws(() => safeFileName(name), isRefused, JSON.stringify(name.slice(0, 40)));
  });

  test('is refused with the reason', () => {
    assert.throws(
      () => safeFileName('/etc/passwd'),
      /"\/etc\/passwd", which cannot be used: it is an absolute path/,
    );
    assert.throws(
      () => safeFileName('a\u202eb.gguf'),
      /"ab\.gguf", which cannot be used: it has an invisible character/,
    );
  });

  test('in the title of a layer may be where the file was on its publisher’s machine', () => {
    const paths = ['/home/u/models/model.gguf', 'C:\\m\\model.gguf', 'd:/m/model.gguf'].map((title) => {
      const layer = { type: 'application/octet-stream', title, content: title };
      return read({ layers: [layer] }).files.map(({ path }) => path);
    });
    assert.deepEqual(paths, [['model.gguf'], ['model.gguf'], ['model.gguf']]);
  });

  test('never leads out of a folder, whatever it is', () => {
    const part = fc.oneof(fc.string(), fc.constantFrom('..', '.', '', 'a', 'C:', '\\', '\0', 'nul'));
    const name = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(name, (text) => {
        let safe: string;
        try {
          safe = safeFileName(text);
        } catch (error) {
          assert.ok(isRefused(error));
          return;
        }
        for (const system of [path.posix, path.win32]) {
          const folder = system.resolve('/store/models/x');
          assert.ok(system.resolve(folder, safe).startsWith(folder + system.sep));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('that two files have is refused, also where only some disks see one name', () => {
    const layers = (a: string, b: string) => [
      { type: GGUF, path: 'm.gguf' },
      { type: 'application/vnd.docker.ai.model.file', path: a, content: '1' },
      { type: 'application/vnd.docker.ai.model.file', path: b, content: '2' },
    ];
    for (const [a, b] of [
      ['README', 'README'],
      ['README', 'readme'],
      ['e\u0301', '\u00e9'],
      ['../x', 'x'],
      ['M.GGUF.txt', 'm.gguf.TXT'],
      ['\u03c3', '\u03c2'],
      ['\u017f', 's'],
      ['\u212a', 'k'],
    ]) {
      assert.throws(() => read({ configType: DOCKER_V02, layers: layers(a ?? '', b ?? '') }), isRefused);
    }
  });

  test('of a layer that is not safe refuses the artifact', () => {
    assert.throws(() => read({ layers: [{ type: GGUF, path: '/etc/x.gguf' }] }), isRefused);
  });
});
