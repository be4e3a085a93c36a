import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatPullProgress, ProgressMeter, type PullProgress } from '../../../src/transfer/progress.ts';

const MB = 1_000_000;

function meter(): { meter: ProgressMeter; reports: PullProgress[]; pass(ms: number): void } {
  let now = 0;
  const reports: PullProgress[] = [];
  const pass = (ms: number): void => {
    now += ms;
  };
  return {
    meter: new ProgressMeter(
      (report) => reports.push(report),
      () => now,
    ),
    reports,
    pass,
  };
}

describe('progress', () => {
  test('at most ten reports a second, and each phase', () => {
    const { meter: m, reports, pass } = meter();
    m.enter('resolving');
    m.expect(1000 * MB, 0);
    m.enter('downloading');
    for (let step = 1; step <= 1000; step++) {
      pass(1);
      m.moved(step * MB, step * MB);
    }
    m.enter('verifying');
    m.enter('done');
    assert.deepEqual(
      [...new Set(reports.map(({ phase }) => phase))],
      ['resolving', 'downloading', 'verifying', 'done'],
    );
    assert.ok(reports.length >= 12 && reports.length <= 15, String(reports.length));
    assert.equal(reports.at(-1)?.doneBytes, 1000 * MB);
  });

  test('the speed is that of the last five seconds, and what was there before does not count', () => {
    const { meter: m, reports, pass } = meter();
    m.expect(1000 * MB, 400 * MB);
    m.enter('downloading');
    m.moved(100 * MB, 0);
    assert.equal(reports[0]?.bytesPerSecond, 0);
    for (let step = 1; step <= 100; step++) {
      pass(100);
      m.moved((100 + step) * MB, step * MB);
    }
    assert.equal(Math.round((reports.at(-1)?.bytesPerSecond ?? 0) / MB), 10);
    assert.equal(Math.round(reports.at(-1)?.secondsLeft ?? 0), 40);
    assert.equal(reports.at(-1)?.fetchedBytes, 100 * MB);
    for (let step = 1; step <= 100; step++) {
      pass(100);
      m.moved((200 + 2 * step) * MB, (100 + 2 * step) * MB);
    }
    assert.equal(Math.round((reports.at(-1)?.bytesPerSecond ?? 0) / MB), 20);
    for (let step = 0; step < 6; step++) {
      pass(1000);
      m.tick();
    }
    assert.equal(reports.at(-1)?.bytesPerSecond, 0);
    assert.equal(reports.at(-1)?.secondsLeft, undefined);
  });

  test('it never goes back, and never past the end', () => {
    const { meter: m, reports, pass } = meter();
    m.expect(100, 0);
    m.enter('downloading');
    for (const done of [60, 0, 30, 60, 90, 120]) {
      pass(200);
      m.moved(done, 0);
    }
    assert.deepEqual(
      reports.map(({ doneBytes }) => doneBytes),
      [0, 60, 60, 60, 60, 90, 100],
    );
  });

  test('as people read it', () => {
    const report: PullProgress = {
      phase: 'downloading',
      doneBytes: 1200 * MB,
      totalBytes: 4100 * MB,
      fetchedBytes: 0,
      bytesPerSecond: 48 * MB,
      secondsLeft: 60.4,
    };
    assert.equal(formatPullProgress(report), '1.2 of 4.1 GB · 48 MB/s · 1 min left');
    assert.equal(
      formatPullProgress({ ...report, bytesPerSecond: 0, secondsLeft: undefined }),
      '1.2 of 4.1 GB',
    );
    assert.equal(formatPullProgress({ ...report, phase: 'verifying' }), 'Checking 4.1 GB');
    assert.equal(formatPullProgress({ ...report, phase: 'done' }), '4.1 GB');
    assert.equal(formatPullProgress({ ...report, phase: 'resolving' }), 'Looking up the model');
  });
});
