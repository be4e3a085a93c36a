/** The pause of completions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Snooze } from '../../../../src/vscode/completion/snooze.ts';

test('a pause lasts until its time, until it is resumed, or until the next one ends', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const snooze = new Snooze();
  const told: (number | undefined)[] = [];
  snooze.onDidChange(() => told.push(snooze.until));
  assert.equal(snooze.until, undefined);
  snooze.start(1_000);
  context.mock.timers.tick(999);
  assert.equal(snooze.until, 1_000);
  context.mock.timers.tick(1);
  assert.equal(snooze.until, undefined);
  snooze.start(1_000);
  snooze.start(5_000);
  context.mock.timers.tick(2_000);
  assert.equal(snooze.until, 6_000);
  snooze.resume();
  context.mock.timers.tick(10_000);
  assert.deepEqual(told, [1_000, undefined, 2_000, 6_000, undefined]);
});
