import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CountCache } from '../../../src/engine/countCache.ts';

test('counts are remembered within bounds, the latest used ones', () => {
  const cache = new CountCache();
  const text = (index: number): string => `${index}`.padEnd(100_000, 'x');
  for (let index = 0; index < 100; index++) {
    cache.set(text(index), index);
    assert.equal(cache.get(text(0)), 0);
  }
  assert.equal(cache.get(text(99)), 99);
  assert.equal(cache.get(text(1)), undefined);
  // One text alone does not push out all others.
  cache.set('y'.repeat(2_000_000), 1);
  assert.equal(cache.get('y'.repeat(2_000_000)), undefined);
  cache.clear();
  assert.equal(cache.get(text(0)), undefined);
});
