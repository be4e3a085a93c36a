import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { oneAtATime } from '../../../../src/vscode/diskUse/oneAtATime.ts';

/** Work whose runs end when the test says so. */
function stage() {
  const ends: ((error?: Error) => void)[] = [];
  const run = oneAtATime(
    () =>
      new Promise<void>((resolve, reject) => {
        ends.push((error) => (error === undefined ? resolve() : reject(error)));
      }),
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { run, ends, turn };
}

describe('work one at a time', () => {
  test('runs once more after all calls that came meanwhile', async () => {
    const { run, ends, turn } = stage();
    const done: string[] = [];
    const call = (name: string) => run().then(() => done.push(name));
    const all = [call('a'), call('b'), call('c')];
    assert.equal(ends.length, 1);
    ends[0]?.();
    await turn();
    assert.equal(ends.length, 2);
    assert.deepEqual(done, ['a']);
    all.push(call('d'));
    ends[1]?.();
    await turn();
    assert.equal(ends.length, 3);
    ends[2]?.();
    await Promise.all(all);
    assert.deepEqual(done, ['a', 'b', 'c', 'd']);
    await turn();
    assert.equal(ends.length, 3);
  });

  test('never overlaps, even if a call comes as the run before ends', async () => {
    let running = 0;
    let most = 0;
    const run = oneAtATime(async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    });
    const first = run();
    void run();
    const calls: Promise<void>[] = [];
    for (let step = 0; step < 10; step++) {
      await Promise.resolve();
      calls.push(run());
    }
    await Promise.all([first, ...calls]);
    assert.equal(most, 1);
  });

  test('tells a failure to those who waited for it, and goes on', async () => {
    const { run, ends, turn } = stage();
    const first = run();
    const second = run();
    ends[0]?.(new Error('first'));
    await assert.rejects(first, /first/);
    await turn();
    ends[1]?.();
    await second;
    const third = run();
    ends[2]?.(new Error('third'));
    await assert.rejects(third, /third/);
  });
});
