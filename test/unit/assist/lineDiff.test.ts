import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type MergedLine, mergeLines } from '../../../src/assist/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';

const MARKS = { same: ' ', removed: '-', added: '+', pending: '?' } as const;

function draw(lines: readonly MergedLine[]): string[] {
  return lines.map(({ kind, text }) => `${MARKS[kind]}${text}`);
}

const texts = (lines: readonly MergedLine[], without: MergedLine['kind']): string[] =>
  lines.filter(({ kind }) => kind !== without).map(({ text }) => text);

/** Few different lines, so that matches are frequent. */
const someLines = fc.array(fc.constantFrom('', '}', '{', 'a', 'b', 'c'), { maxLength: 12 });

describe('mergeLines', () => {
  test('a changed line: the old one stands above the new one', () => {
    const merged = mergeLines(['a', 'b', 'c'], ['a', 'B', 'c'], true);
    assert.deepEqual(draw(merged), [' a', '-b', '+B', ' c']);
  });

  test('several changed lines: all old ones stand above all new ones', () => {
    const merged = mergeLines(['a', 'b', 'c', 'd'], ['a', 'B', 'C', 'd'], true);
    assert.deepEqual(draw(merged), [' a', '-b', '-c', '+B', '+C', ' d']);
  });

  test('while the answer comes in, what it has not reached is pending', () => {
    const original = ['f() {', '  x', '}'];
    assert.deepEqual(draw(mergeLines(original, [], false)), ['?f() {', '?  x', '?}']);
    assert.deepEqual(draw(mergeLines(original, ['f() {'], false)), [' f() {', '?  x', '?}']);
    assert.deepEqual(draw(mergeLines(original, ['f() {', '  y'], false)), [' f() {', '+  y', '?  x', '?}']);
    const last = mergeLines(original, ['f() {', '  y', '}'], false);
    assert.deepEqual(draw(last), [' f() {', '-  x', '+  y', ' }']);
  });

  test('a line that occurs again below is matched with the nearest one', () => {
    const original = ['f {', 'x', '}', 'g {', 'y', '}', 'h {', 'z', '}'];
    const merged = mergeLines(original, ['f {', 'X', '}'], false);
    assert.deepEqual(draw(merged), [' f {', '-x', '+X', ' }', '?g {', '?y', '?}', '?h {', '?z', '?}']);
  });

  test('an empty answer that is complete removes everything', () => {
    assert.deepEqual(draw(mergeLines(['a', 'b'], [], true)), ['-a', '-b']);
  });

  test('without the added lines it is the original, always', () => {
    fc.assert(
      fc.property(someLines, someLines, fc.boolean(), (original, generated, complete) => {
        assert.deepEqual(texts(mergeLines(original, generated, complete), 'added'), original);
      }),
    );
  });

  test('complete, without the removed lines it is the generated', () => {
    fc.assert(
      fc.property(someLines, someLines, (original, generated) => {
        const merged = mergeLines(original, generated, true);
        assert.deepEqual(texts(merged, 'removed'), generated);
        assert.ok(merged.every(({ kind }) => kind !== 'pending'));
      }),
    );
  });

  test('incomplete, no line of the original after the last match is removed', () => {
    fc.assert(
      fc.property(someLines, someLines, (original, generated) => {
        const merged = mergeLines(original, generated, false);
        const lastMatch = merged.findLastIndex(({ kind }) => kind === 'same');
        const after = merged.slice(lastMatch + 1);
        assert.ok(after.every(({ kind }) => kind === 'added' || kind === 'pending'));
        const reached = merged.filter(({ kind }) => kind === 'same' || kind === 'added');
        assert.deepEqual(
          reached.map(({ text }) => text),
          generated,
        );
      }),
    );
  });

  test('removed lines never stand below added ones of the same change', () => {
    fc.assert(
      fc.property(someLines, someLines, fc.boolean(), (original, generated, complete) => {
        const kinds = mergeLines(original, generated, complete).map(({ kind }) => kind);
        for (let index = 1; index < kinds.length; index++) {
          assert.ok(!(kinds[index - 1] === 'added' && kinds[index] === 'removed'));
        }
      }),
    );
  });

  test('thousands of different lines take little time', () => {
    const original = Array.from({ length: 3_000 }, (_, index) => `old ${index}`);
    const generated = Array.from({ length: 3_000 }, (_, index) => `new ${index}`);
    const start = cpuMs();
    const merged = mergeLines(original, generated, true);
    assert.ok(cpuMs() - start < 1_000);
    assert.deepEqual(texts(merged, 'added'), original);
    assert.deepEqual(texts(merged, 'removed'), generated);
  });
});
