/** Waits that end with a signal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred, unlessCancelled } from '../../../src/base/wait.ts';

const isCancelled = (error: unknown): boolean => (error as { code?: string }).code === 'cancelled';

test('the result comes through, and so does the failure', async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessCancelled(Promise.resolve(1), signal), 1);
  assert.equal(await unlessCancelled(Promise.resolve(1), undefined), 1);
  await assert.rejects(unlessCancelled(Promise.reject(new Error('broken')), signal), /broken/);
});

test('aborting ends the wait, and a failure afterwards is nobody’s', async () => {
  const controller = new AbortController();
  const work = deferred<number>();
  const waiting = unlessCancelled(work.promise, controller.signal);
  controller.abort();
  await assert.rejects(waiting, isCancelled);
  // An unheard failure would end the test's process.
  work.reject(new Error('too late'));
  await new Promise(setImmediate);
});

test('whoever has given up before gets nothing, even of work that is done or has failed', async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(unlessCancelled(Promise.resolve(1), signal), isCancelled);
  await assert.rejects(unlessCancelled(Promise.reject(new Error('broken')), signal), isCancelled);
  await new Promise(setImmediate);
});
