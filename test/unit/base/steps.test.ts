import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atOnce, inSlices, mapInSteps, type Steps } from '../../../src/base/steps.ts';

/** Keeps the thread busy. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function* slow(steps: number): Steps<string> {
  for (let step = 0; step < steps; step++) {
    spin(6);
    yield;
  }
  return 'done';
}

describe('work in steps', () => {
  test('gives the thread a turn every few milliseconds, and not at each step', async () => {
    let turns = 0;
    const nextSlice = async (): Promise<void> => void turns++;
    assert.equal(await inSlices(slow(20), nextSlice), 'done');
    // A slice ends when ten milliseconds are over, which takes two steps of six, or one on a busy machine.
    assert.ok(turns >= 10 && turns <= 20, `${turns}`);
    assert.equal(await inSlices(mapped([1, 2, 3]), nextSlice), '2,4,6');
    turns = 0;
    await inSlices(slow(1), nextSlice);
    assert.ok(turns <= 1);
  });

  test('lets timers run meanwhile', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await inSlices(slow(20));
    clearInterval(timer);
    assert.ok(ticks > 3, `${ticks}`);
  });

  test('runs at once, and throws what a step throws', async () => {
    assert.equal(atOnce(mapped([1, 2])), '2,4');
    const items = Array.from({ length: 1000 }, (_, index) => index);
    assert.deepEqual(
      atOnce(mapInSteps(items, (item, index) => [item, index])),
      items.map((item) => [item, item]),
    );
    const failing = (): Steps<number[]> =>
      mapInSteps(items, (item) => {
        if (item === 500) throw new RangeError('here');
        return item;
      });
    assert.throws(() => atOnce(failing()), RangeError);
    await assert.rejects(inSlices(failing()), RangeError);
  });
});

function* mapped(items: readonly number[]): Steps<string> {
  return (yield* mapInSteps(items, (item) => item * 2)).join();
}
