import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Bandwidth } from '../../../src/transfer/bandwidth.ts';
import { PartSpeeds } from '../../../src/transfer/partSpeeds.ts';
import { MIN_PART, PartPlan, partBytes } from '../../../src/transfer/parts.ts';
import fc from '../../support/fastCheck.ts';

const MIB = 1024 * 1024;

describe('the size of a part', () => {
  const of = (bytesPerSecond: number, leftBytes: number, connections = 4): number =>
    partBytes({ bytesPerSecond, leftBytes, connections, minBytes: MIN_PART });

  test('grows with the speed, and stays within its bounds', () => {
    assert.equal(of(0, 40_000 * MIB), 8 * MIB);
    assert.equal(of(10_000, 40_000 * MIB), 4 * MIB);
    assert.equal(of(10 * MIB, 40_000 * MIB), 20 * MIB);
    assert.equal(of(1000 * MIB, 40_000 * MIB), 64 * MIB);
  });

  test('shrinks towards the end, so that no connection is left without work', () => {
    assert.equal(of(1000 * MIB, 128 * MIB), 16 * MIB);
    assert.equal(of(1000 * MIB, MIB), 4 * MIB);
  });
});

describe('a plan', () => {
  test('gives out every missing byte once, in order, and again what was given back', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(100)), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), steps, (size, tries) => {
        const plan = new PartPlan([
          { start: 0, end: size },
          { start: size + 10, end: size + 20 },
        ]);
        const got: number[] = [];
        for (const [bytes, percent] of tries) {
          const part = plan.take(bytes);
          if (part === undefined) break;
          assert.ok(part.end - part.start <= bytes);
          const came = part.start + Math.floor(((part.end - part.start) * percent) / 100);
          for (let at = part.start; at < came; at++) got.push(at);
          plan.giveBack({ start: came, end: part.end });
        }
        for (const { start, end } of plan.takeAll()) for (let at = start; at < end; at++) got.push(at);
        assert.equal(plan.leftBytes, 0);
        assert.equal(plan.take(1), undefined);
        assert.equal(new Set(got).size, got.length);
        assert.equal(got.length, size + 10);
        // What was given back goes before everything behind it.
        assert.deepEqual(
          got,
          [...got].sort((a, b) => a - b),
        );
      }),
    );
  });
});

describe('speeds', () => {
  function run(bytes: readonly number[], seconds: number): { slow: number[]; median: number } {
    let now = 0;
    const speeds = new PartSpeeds(() => now);
    const slow: number[] = [];
    const parts = bytes.map((_, index) => speeds.begin(() => slow.push(index)));
    for (let second = 0; second < seconds; second++) {
      now += 1000;
      parts.forEach((part, index) => {
        part.received(bytes[index] ?? 0);
      });
      speeds.check();
    }
    return { slow, median: speeds.median };
  }

  test('a part below a tenth of the median is told once', () => {
    assert.deepEqual(run([MIB, MIB, MIB, 0.09 * MIB], 20), { slow: [3], median: MIB });
  });

  test('nothing is slow in the first seconds, among few, or where all are the same', () => {
    assert.deepEqual(run([MIB, MIB, MIB, 0], 4).slow, []);
    assert.deepEqual(run([MIB, 0], 20).slow, []);
    assert.deepEqual(run([MIB, MIB, MIB, 0.11 * MIB], 20).slow, []);
    assert.deepEqual(run([0, 0, 0, 0], 20).slow, []);
  });

  test('parts that are done count for the median', () => {
    let now = 0;
    const speeds = new PartSpeeds(() => now);
    assert.equal(speeds.median, 0);
    for (const bytes of [1000, 3000, 2000]) {
      const part = speeds.begin(() => assert.fail('it is not slow'));
      now += 1000;
      part.received(bytes);
      part.end();
      part.end();
    }
    assert.equal(speeds.median, 2000);
  });
});

describe('a limit of the speed', () => {
  test('holds back what is above it, and nothing without a limit', async () => {
    let now = 0;
    const line = new Bandwidth(() => now);
    assert.equal(line.take(1e12, undefined), undefined);
    line.limit = 1_000_000;
    now += 1000;
    // The first fifth of a second is free.
    assert.equal(line.take(200_000, undefined), undefined);
    const waited = performance.now();
    await line.take(50_000, undefined);
    const ms = performance.now() - waited;
    assert.ok(ms > 40, `${ms} ms`);
    line.limit = 0;
    assert.equal(line.take(1e12, undefined), undefined);
  });

  test('a wait ends with a cancel', async () => {
    const line = new Bandwidth();
    line.limit = 1;
    await assert.rejects(async () => line.take(1e9, AbortSignal.timeout(10)), { code: 'cancelled' });
  });
});
