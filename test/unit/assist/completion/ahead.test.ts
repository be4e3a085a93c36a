/** Work ahead of the user: the completion behind one that is shown, and a model that has read a file before the first key. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Slowness } from '../../../../src/assist/completion/slowness.ts';
import { deferred } from '../../../../src/base/wait.ts';
import { until } from '../../../support/until.ts';
import { at, scripted } from './support.ts';

const HOLE = 'function add(a, b) {\n  |\n}\n';
const TAKEN = HOLE.replace('|', 'return a;|');
const FIRST = [['return a;', 0.9]] as const;
const isTaken = (prompt: string): boolean => prompt.includes('return a;');

describe('the completion behind one that is shown', () => {
  test('is there when the user takes it, without a pause and a request', async () => {
    const { completer, engine, pauses } = await scripted(
      (prompt) => (isTaken(prompt) ? [['\n  // done', 0.9]] : FIRST),
      { prefetches: true },
    );
    await completer.complete(at(HOLE));
    await until(() => engine.infills.length === 2);
    assert.equal(engine.infills[1]?.minJointProbability, 0.7);
    assert.equal((await completer.complete(at(TAKEN)))?.text, '\n  // done');
    assert.equal(pauses.length, 1);
    assert.equal(
      engine.infills.filter(({ prompt }) => prompt.includes('function add(a, b) {\n  return a;')).length,
      1,
    );
    completer.dispose();
  });

  test('is followed if it still comes', async () => {
    const next = deferred<void>();
    const { completer, engine } = await scripted(
      async function* (prompt) {
        if (!isTaken(prompt)) return yield* FIRST;
        await next.promise;
        yield ['\n  b();', 0.9];
      },
      { prefetches: true },
    );
    await completer.complete(at(HOLE));
    await until(() => engine.infills.length === 2);
    const taken = completer.complete(at(TAKEN));
    next.resolve();
    assert.equal((await taken)?.text, '\n  b();');
    completer.dispose();
  });

  test('is given up at the first key against what is shown, and kept along with it', async () => {
    const signals: AbortSignal[] = [];
    const { completer, engine } = await scripted(
      async function* (prompt, signal) {
        if (!isTaken(prompt)) return yield* [['return a;', 0.9] as const];
        signals.push(signal);
        await once(signal, 'abort');
      },
      { prefetches: true },
    );
    await completer.complete(at(HOLE));
    await until(() => engine.infills.length === 2);
    assert.equal((await completer.complete(at(HOLE.replace('|', 're|'))))?.text, 'turn a;');
    assert.equal(signals[0]?.aborted, false);
    await completer.complete(at(HOLE.replace('|', 'x|')));
    assert.equal(signals[0]?.aborted, true);
    completer.dispose();
  });

  test('is not asked for in the prose of a comment', async () => {
    const { completer, engine } = await scripted(() => [['a(); // Adds', 0.9]], { prefetches: true });
    await completer.complete(at(HOLE));
    // Requests begin at once or not at all.
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(engine.infills.length, 1);
    await completer.complete(at(HOLE.replace('|', 'b|')), { inComments: true });
    await until(() => engine.infills.length === 3);
    completer.dispose();
  });
});

describe('a file that is opened', () => {
  test('is read by the model, which writes nothing', async () => {
    const { completer, engine } = await scripted(() => FIRST);
    await completer.warm(at(HOLE));
    assert.deepEqual(
      engine.infills.map(({ maxTokens, prompt }) => [maxTokens, prompt[1]]),
      [[1, 'function add(a, b) {\n  ']],
    );
    await completer.warm(at('|'));
    assert.equal(engine.infills.length, 1);
  });

  test('makes way for a completion, and waits for none', async () => {
    const signals: AbortSignal[] = [];
    const { completer, engine } = await scripted(async function* (_, signal) {
      signals.push(signal);
      if (signals.length === 1) await once(signal, 'abort');
      yield ['return a;', 0.9];
    });
    const warmed = completer.warm(at(HOLE));
    await until(() => engine.infills.length === 1);
    assert.equal((await completer.complete(at(HOLE)))?.text, 'return a;');
    await warmed;
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false],
    );
  });

  test('is not read while a completion runs', async () => {
    const next = deferred<void>();
    const { completer, engine } = await scripted(async function* () {
      await next.promise;
      yield ['return a;', 0.9];
    });
    const found = completer.complete(at(HOLE));
    await until(() => engine.infills.length === 1);
    await completer.warm(at(HOLE, 'file:///b.ts'));
    next.resolve();
    assert.equal((await found)?.text, 'return a;');
    assert.equal(engine.infills.length, 1);
  });
});

describe('a model', () => {
  const isSlowAfter = (
    times: readonly (readonly [ms: number, isWhole: boolean])[],
    keyMs?: number,
  ): boolean => {
    const slowness = new Slowness();
    for (const [ms, isWhole] of times) slowness.note(ms, keyMs, isWhole);
    return slowness.isSlow;
  };

  test('is slow if most of its completions come after the next keys', () => {
    const late = [900, true] as const;
    assert.equal(isSlowAfter(Array(8).fill(late)), true);
    assert.equal(isSlowAfter(Array(7).fill(late)), false);
    assert.equal(isSlowAfter([...Array(8).fill(late), ...Array(4).fill([100, true])]), false);
    // A model is fast again once the latest ones are.
    assert.equal(isSlowAfter([...Array(50).fill(late), ...Array(8).fill([100, true])]), false);
  });

  test('is not slow for somebody who types slowly, nor by requests that typing ended', () => {
    assert.equal(isSlowAfter(Array(12).fill([900, true]), 400), false);
    assert.equal(isSlowAfter(Array(12).fill([900, true]), 200), true);
    assert.equal(isSlowAfter(Array(12).fill([100, false])), false);
    assert.equal(isSlowAfter(Array(12).fill([900, false])), true);
  });

  test('is told to be slow by its completer', async () => {
    let now = 0;
    const { completer } = await scripted(
      function* () {
        now += 2_000;
        yield ['nonsense', 0.1];
      },
      { now: () => now },
    );
    for (let key = 0; key < 8; key++) {
      assert.equal(completer.isSlow, false);
      await completer.complete(at(`a.${'b'.repeat(key)}|`));
    }
    assert.equal(completer.isSlow, true);
  });
});
