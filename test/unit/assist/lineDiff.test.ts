import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DiffLine, diffLines } from '../../../src/assist/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';

const MARKS = { same: ' ', removed: '-', added: '+' } as const;

function draw(lines: readonly DiffLine[]): string[] {
  return lines.map(({ kind, text }) => `${MARKS[kind]}${text}`);
}

const texts = (lines: readonly DiffLine[], without: DiffLine['kind']): string[] =>
  lines.filter(({ kind }) => kind !== without).map(({ text }) => text);

/** Few different lines, so that matches are frequent. */
const someLines = fc.array(fc.constantFrom('', '}', '{', 'a', 'b', 'c'), { maxLength: 12 });

describe('diffLines', () => {
  test('old lines of a change stand above its new ones', () => {
    assert.deepEqual(draw(diffLines(['a', 'b', 'c', 'd'], ['a', 'B', 'C', 'd'])), [
      ' a',
      '-b',
      '-c',
      '+B',
      '+C',
      ' d',
    ]);
    assert.deepEqual(draw(diffLines(['a', 'b'], [])), ['-a', '-b']);
    assert.deepEqual(draw(diffLines([], ['a'])), ['+a']);
  });

  test('without the added lines it is the original, without the removed ones the changed', () => {
    fc.assert(
      fc.property(someLines, someLines, (original, changed) => {
        const lines = diffLines(original, changed);
        assert.deepEqual(texts(lines, 'added'), original);
        assert.deepEqual(texts(lines, 'removed'), changed);
        for (const [index, { kind }] of lines.entries()) {
          assert.ok(!(kind === 'removed' && lines[index - 1]?.kind === 'added'), draw(lines).join());
        }
      }),
    );
  });

  test('takes a bounded time for texts that have nothing in common', () => {
    const lines = (name: string): string[] => Array.from({ length: 5_000 }, (_, index) => `${name} ${index}`);
    const [one, other] = [lines('a'), lines('b')];
    const start = cpuMs();
    diffLines(one, other);
    assert.ok(cpuMs() - start < 2_000);
  });
});
