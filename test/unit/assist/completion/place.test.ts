/** The text around the cursor: within its limits, at lines, and with a front that stays while the user types. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { holeAt } from '../../../../src/assist/completion/place.ts';

const LIMITS = { prefixCharacters: 400, suffixCharacters: 100 };
const FILE = Array.from({ length: 200 }, (_, index) => `const value${index} = ${index};`).join('\n');

describe('the text around the cursor', () => {
  test('begins at a line, stays within its limits, and keeps its front over many keys', () => {
    const starts = new Set<number>();
    for (let at = 0; at <= FILE.length; at++) {
      const hole = holeAt({ document: 'd', prefix: FILE.slice(0, at), suffix: FILE.slice(at) }, LIMITS);
      assert.ok(hole.prefix.length <= LIMITS.prefixCharacters);
      assert.ok(at < 400 || hole.prefix.length > LIMITS.prefixCharacters / 4, `${hole.prefix.length}`);
      assert.equal(hole.prefix, FILE.slice(hole.start, at));
      assert.ok(hole.start === 0 || FILE[hole.start - 1] === '\n');
      assert.ok(hole.suffix.length <= LIMITS.suffixCharacters);
      assert.ok(FILE.slice(at).startsWith(hole.suffix));
      starts.add(hole.start);
    }
    // The front moves once in half of the limit, and not at each line.
    assert.ok(starts.size <= FILE.length / 200 + 1, `${starts.size}`);
  });

  test('has twelve lines of suffix, or as many as there are', () => {
    const suffix = 'a\n'.repeat(40);
    const of = (text: string) => holeAt({ document: 'd', prefix: '', suffix: text }, LIMITS).suffix;
    assert.equal(of(suffix), 'a\n'.repeat(12));
    assert.equal(of('a\nb'), 'a\nb');
    assert.equal(of(''), '');
    assert.equal(of('x'.repeat(500)), 'x'.repeat(100));
  });

  test('has suffix up to the end of the block, with the line that ends it', () => {
    const of = (prefix: string, suffix: string) => holeAt({ document: 'd', prefix, suffix }, LIMITS).suffix;
    assert.equal(of('f() {\n  ', ';\n\n  b();\n}\n\ng();\n'), ';\n\n  b();\n}\n');
    assert.equal(of('f() {\n  if (a) {\n    ', '\n  }\n  b();\n}\n'), '\n  }\n');
    assert.equal(of('def f():\n    ', '\n    b()\n\n\ndef g():\n    c()\n'), '\n    b()\n\n\ndef g():\n');
    assert.equal(of('const a = ', ';\nconst b = 1;\n\nf();\n'), ';\nconst b = 1;\n');
  });

  test('is cut inside of a line that is too long, but never inside of a character', () => {
    for (let length = 400; length < 1_000; length++) {
      const { prefix, suffix } = holeAt(
        { document: 'd', prefix: '😀'.repeat(length), suffix: `x${'😀'.repeat(200)}` },
        LIMITS,
      );
      for (const text of [prefix, suffix]) assert.equal(Buffer.from(text).toString(), text);
      assert.ok(prefix.length > 100 && prefix.length <= LIMITS.prefixCharacters);
    }
  });
});
