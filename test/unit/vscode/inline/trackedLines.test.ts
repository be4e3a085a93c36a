import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type TextChange, TrackedLines } from '../../../../src/vscode/inline/trackedLines.ts';
import fc from '../../../support/fastCheck.ts';

/** A document of a few lines that is changed as VS Code changes one. */
class Text {
  lines: string[];

  constructor(text: string) {
    this.lines = text.split('\n');
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Replaces the characters from `start` to `end`. @returns the change and the one that undoes it. */
  replace(start: number, end: number, text: string): { change: TextChange; undo: [number, number, string] } {
    const before = this.text;
    const change = { range: { start: this.#at(start), end: this.#at(end) }, text };
    this.lines = (before.slice(0, start) + text + before.slice(end)).split('\n');
    return { change, undo: [start, start + text.length, before.slice(start, end)] };
  }

  #at(offset: number): { line: number; character: number } {
    const lines = this.text.slice(0, offset).split('\n');
    return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
  }
}

/** Follows lines 2 and 3 of six. */
function follow() {
  const text = new Text('zero\none\ntwo\nthree\nfour\n');
  const tracked = new TrackedLines(['two', 'three'], 2);
  const change = (start: number, end: number, inserted: string) => {
    const { change: one, undo } = text.replace(start, end, inserted);
    tracked.apply([one], (line) => text.lines[line]);
    return undo;
  };
  return {
    text,
    tracked,
    change,
    at: (of: string) => text.text.indexOf(of),
    isUnchanged: () => tracked.isUnchanged((line) => text.lines[line]),
  };
}

describe('tracked lines', () => {
  const outside: readonly [name: string, change: (one: ReturnType<typeof follow>) => void, first: number][] =
    [
      ['a line before them', ({ change }) => change(0, 0, 'x\n'), 3],
      ['a line right before them', ({ change, at }) => change(at('two'), at('two'), 'x\n'), 3],
      [
        'Enter at the end of the line before them',
        ({ change, at }) => change(at('\ntwo'), at('\ntwo'), '\n  x'),
        3,
      ],
      ['a line before them that is deleted', ({ change, at }) => change(0, at('one'), ''), 1],
      ['text in the line before them', ({ change }) => change(0, 2, 'ZZZ'), 2],
      ['Enter at their end', ({ change, at }) => change(at('\nfour'), at('\nfour'), '\n  x'), 2],
      ['text after them', ({ change, at }) => change(at('four'), at('four') + 4, 'x\ny'), 2],
      [
        'everything below them deleted',
        ({ change, at, text }) => change(at('\nfour'), text.text.length, ''),
        2,
      ],
    ];
  for (const [name, change, first] of outside) {
    test(`follow ${name}`, () => {
      const one = follow();
      change(one);
      assert.ok(one.isUnchanged(), one.text.text);
      assert.deepEqual([one.tracked.first, one.tracked.last], [first, first + 1]);
    });
  }

  const inside: readonly [
    name: string,
    change: (one: ReturnType<typeof follow>) => [number, number, string],
  ][] = [
    ['typing at their start', ({ change, at }) => change(at('two'), at('two'), 'x')],
    ['typing at their end', ({ change, at }) => change(at('\nfour'), at('\nfour'), 'x')],
    ['a new line between them', ({ change, at }) => change(at('three'), at('three'), 'x\n')],
    ['joining with the line before', ({ change, at }) => change(at('two') - 1, at('two'), '')],
    ['joining with the line after', ({ change, at }) => change(at('\nfour'), at('four'), '')],
    ['deleting one of them', ({ change, at }) => change(at('two'), at('three'), '')],
    ['deleting all of them', ({ change, at }) => change(at('two'), at('four'), '')],
    ['deleting more than them', ({ change, at }) => change(at('one') + 1, at('four') + 1, '')],
    ['replacing more than them', ({ change, at }) => change(at('one'), at('four'), 'x\ny\nz\n')],
  ];
  for (const [name, change] of inside) {
    test(`notice ${name}, and that it is undone`, () => {
      const one = follow();
      const undo = change(one);
      assert.ok(!one.isUnchanged(), one.text.text);
      one.change(...undo);
      assert.ok(one.isUnchanged(), one.text.text);
      assert.deepEqual([one.tracked.first, one.tracked.last], [2, 3]);
    });
  }

  test('follow several changes of one event, the last one first', () => {
    const one = follow();
    const below = one.text.replace(one.at('four'), one.at('four'), 'x\n').change;
    const above = one.text.replace(0, 0, 'y\n').change;
    one.tracked.apply([below, above], (line) => one.text.lines[line]);
    assert.ok(one.isUnchanged());
    assert.equal(one.tracked.first, 3);
  });

  test('are found again when the whole text is replaced, with other line ends or lines before', () => {
    const one = follow();
    const { change } = one.text.replace(0, one.text.text.length, 'zero\none\ntwo\nthree\nfour\n');
    one.tracked.apply(
      [{ ...change, text: change.text.replaceAll('\n', '\r\n') }],
      (line) => one.text.lines[line],
    );
    assert.ok(one.isUnchanged());
    one.change(0, one.text.text.length, 'new\nzero\none\ntwo\nthree\nfour\n');
    assert.ok(one.isUnchanged());
    assert.equal(one.tracked.first, 3);
  });

  test('whatever changes around them, they are never other lines than the same', () => {
    const edit = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(6),
      fc.constantFrom('', 'x', '\n', 'x\n', '\nx', 'a\nb\n'),
    );
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), (edits) => {
        const one = follow();
        for (const [place, length, inserted] of edits) {
          const whole = one.text.text.length;
          const start = Math.floor(place * whole);
          const end = Math.min(whole, start + length);
          const before = { text: one.text.text, known: one.isUnchanged(), at: one.at('two\nthree') };
          one.change(start, end, inserted);
          assert.ok(one.tracked.first <= one.tracked.last);
          const isOutside = end < before.at || start > before.at + 'two\nthree'.length;
          if (before.known && isOutside)
            assert.ok(one.isUnchanged(), JSON.stringify([before.text, one.text.text]));
        }
      }),
    );
  });
});
