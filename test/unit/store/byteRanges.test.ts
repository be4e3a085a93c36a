import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ByteRanges } from '../../../src/store/disk/byteRanges.ts';
import fc from '../../support/fastCheck.ts';

const SIZE = 60;

describe('byte ranges', () => {
  test('are a set of bytes, whatever order they come in', () => {
    const range = fc.tuple(fc.nat(SIZE), fc.nat(SIZE)).map(([start, end]) => ({ start, end }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 30 }), (ranges) => {
        const bytes = new Set<number>();
        for (const { start, end } of ranges) for (let at = start; at < end; at++) bytes.add(at);
        const set = new ByteRanges(ranges);
        assert.equal(set.bytes, bytes.size);
        let front = 0;
        while (bytes.has(front)) front++;
        assert.equal(set.front, front);
        for (const [index, { start, end }] of set.ranges.entries()) {
          assert.ok(end > start && start > (set.ranges[index - 1]?.end ?? -1));
        }
        const missing = set.missing(SIZE);
        const gaps = new Set<number>();
        for (const { start, end } of missing) for (let at = start; at < end; at++) gaps.add(at);
        for (let at = 0; at < SIZE; at++) assert.notEqual(bytes.has(at), gaps.has(at));
      }),
    );
  });

  test('can be emptied', () => {
    const set = new ByteRanges([{ start: 0, end: 10 }]);
    set.clear();
    assert.deepEqual([set.bytes, set.front, set.missing(5)], [0, 0, [{ start: 0, end: 5 }]]);
  });
});
