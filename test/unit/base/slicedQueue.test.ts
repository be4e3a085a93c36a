import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SlicedQueue } from '../../../src/base/steps.ts';

/** A queue of pieces that take a millisecond each, by a clock of its own. */
function stage() {
  const state = { ms: 0, slices: 0, running: 0, most: 0 };
  const queue = new SlicedQueue({
    now: () => state.ms,
    nextSlice: async () => void state.slices++,
  });
  const piece = async <T>(value: T): Promise<T> => {
    state.most = Math.max(state.most, ++state.running);
    state.ms++;
    // As rows do, which look something up in between.
    await Promise.resolve();
    state.running--;
    return value;
  };
  return { state, queue, piece };
}

describe('a queue in slices', () => {
  test('runs what was asked for at once a few at a time, in order, with turns for others', async () => {
    const { state, queue, piece } = stage();
    const wanted = Array.from({ length: 1000 }, (_, index) => index);
    const order: number[] = [];
    const results = await Promise.all(
      wanted.map((value) =>
        queue.run(() => {
          order.push(value);
          return piece(value);
        }),
      ),
    );
    assert.deepEqual(results, wanted);
    assert.deepEqual(order, wanted);
    assert.equal(state.most, 50);
    // The first one is alone. Behind each fifty of the others, which take fifty milliseconds, others have their turn.
    assert.equal(state.slices, 19);
  });

  test('has no turn between a few', async () => {
    const { state, queue, piece } = stage();
    assert.deepEqual(await Promise.all([1, 2, 3].map((value) => queue.run(() => piece(value)))), [1, 2, 3]);
    assert.equal(state.slices, 0);
    assert.equal(await queue.run(() => 4), 4);
  });

  test('tells each its failure, and goes on', async () => {
    const { queue, piece } = stage();
    const failing = queue.run(() => {
      throw new Error('one');
    });
    const other = queue.run(() => piece('two'));
    await assert.rejects(failing, /one/);
    assert.equal(await other, 'two');
  });
});
