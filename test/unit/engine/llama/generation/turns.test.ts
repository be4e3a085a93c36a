/** The order of requests on one sequence. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { Purpose } from '../../../../../src/engine/llama/calls/purpose.ts';
import { Turns } from '../../../../../src/engine/llama/host/turns.ts';

/** Requests that note when they begin, pause, go on and end. */
function world(): {
  turns: Turns;
  events: string[];
  run(name: string, purpose: Purpose, steps: number, signal?: AbortSignal): Promise<void>;
} {
  const turns = new Turns();
  const events: string[] = [];
  const never = new AbortController().signal;
  return {
    turns,
    events,
    async run(name, purpose, steps, signal = never) {
      const turn = turns.take(purpose, {
        signal,
        onWait: (running) => events.push(`${name} waits for ${running}`),
      });
      for (let step = 0; step < steps && !turn.isCancelled; ) {
        await turn.begin();
        if (turn.isCancelled) break;
        while (step < steps && !turn.isCancelled && !turn.mustGiveWay) {
          events.push(`${name}${step++}`);
          await nextTick();
        }
        if (step < steps) turn.pause();
      }
      events.push(`${name} ${turn.isCancelled ? 'cancelled' : 'done'}`);
      turn.end();
    },
  };
}

describe('turns', () => {
  test('of one purpose come one after the other, in order', async () => {
    const { events, run } = world();
    await Promise.all([run('a', 'chat', 2), run('b', 'chat', 1), run('c', 'chat', 1)]);
    assert.deepEqual(
      events.filter((event) => !event.includes('waits')),
      ['a0', 'a1', 'a done', 'b0', 'b done', 'c0', 'c done'],
    );
    assert.ok(events.includes('b waits for chat'));
  });

  test('give way to more urgent ones, and go on afterwards before younger ones', async () => {
    const { events, run } = world();
    const chat = run('chat', 'chat', 3);
    const later = run('later', 'chat', 1);
    await nextTick();
    const edit = run('edit', 'edit', 2);
    await nextTick();
    const ghost = run('ghost', 'infill', 1);
    await Promise.all([chat, later, edit, ghost]);
    const order = events.filter((event) => event.endsWith('done'));
    assert.deepEqual(order, ['ghost done', 'edit done', 'chat done', 'later done']);
    assert.ok(events.includes('edit waits for chat'));
    assert.deepEqual(
      events.filter((event) => /^chat\d$/.test(event)),
      ['chat0', 'chat1', 'chat2'],
    );
  });

  test('newer ghost text cancels older one, running or waiting', async () => {
    const { events, run } = world();
    const ghosts = [run('g', 'infill', 5), run('h', 'infill', 5), run('i', 'infill', 1)];
    await Promise.all(ghosts);
    assert.deepEqual(events.filter((event) => / (?:done|cancelled)$/.test(event)).sort(), [
      'g cancelled',
      'h cancelled',
      'i done',
    ]);
  });

  test('one that is cancelled while it waits never begins, and the others go on', async () => {
    const { events, run } = world();
    const abort = new AbortController();
    const running = run('a', 'chat', 3);
    const waiting = run('b', 'chat', 3, abort.signal);
    const last = run('c', 'chat', 1);
    abort.abort();
    await Promise.all([running, waiting, last]);
    assert.ok(events.includes('b cancelled') && events.includes('c done'));
    assert.ok(!events.includes('b0'));
  });

  test('one that was cancelled before it began takes nothing', async () => {
    const { turns } = world();
    const late = turns.take('chat', { signal: AbortSignal.abort() });
    await late.begin();
    assert.ok(late.isCancelled);
    late.end();
    const next = turns.take('chat', { signal: new AbortController().signal });
    await next.begin();
    assert.ok(!next.isCancelled);
    next.end();
  });
});
