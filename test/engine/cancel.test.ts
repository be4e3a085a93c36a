/** Cancelling: the caller has its answer before the work has ended by itself, and the work really stops. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isModelError } from '../../src/base/error.ts';
import { chat, file } from '../support/chat.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { until } from '../support/until.ts';
import { ask, createEngine, LOAD, temporaryFolder } from './support.ts';

const LONG_REPLY = Array.from({ length: 2_000 }, (_, index) => `word${index}`).join(' ');

describe('cancelling', () => {
  test('an answer that is being generated', async (context) => {
    const modelPath = join(await temporaryFolder(context), 'toy.gguf');
    // The weights make each token slow, so that half of the answer takes seconds, on a busy machine as well.
    await writeToyGguf(modelPath, { reply: LONG_REPLY, padBytes: 32_000_000 });
    const { engine } = createEngine(context);
    await engine.load(file(modelPath), LOAD);
    for (let round = 0; round < 5; round++) {
      const abort = new AbortController();
      let aborted = 0;
      let pieces = 0;
      const result = await chat(engine, ask('x'), {
        signal: abort.signal,
        onText: () => {
          if (++pieces !== 20) return;
          aborted = performance.now();
          abort.abort();
        },
      });
      const waited = performance.now() - aborted;
      await until(() => engine.state === 'ready');
      const stopped = performance.now() - aborted;
      context.diagnostic(`caller ${waited.toFixed(1)} ms, process ${stopped.toFixed(1)} ms`);
      assert.equal(result.stopReason, 'cancelled');
      assert.ok(LONG_REPLY.startsWith(result.text) && result.text.length < LONG_REPLY.length / 2);
      assert.ok(result.text.startsWith('word0 word1'));
    }
    // The next one starts at once and is whole from the beginning.
    const next = await chat(engine, ask('y'), { maxTokens: 30 });
    assert.ok(LONG_REPLY.startsWith(next.text) && next.stopReason === 'length');
  });

  test('an answer whose prompt is being read', async (context) => {
    const modelPath = join(await temporaryFolder(context), 'toy.gguf');
    await writeToyGguf(modelPath, { reply: 'done', padBytes: 96_000_000 });
    const { engine } = createEngine(context);
    await engine.load(file(modelPath), LOAD);
    const abort = new AbortController();
    const running = chat(engine, ask('x'.repeat(7_000)), { signal: abort.signal });
    await until(() => engine.state === 'generating');
    await sleep(300);
    const aborted = performance.now();
    abort.abort();
    const result = await running;
    const waited = performance.now() - aborted;
    assert.deepEqual([result.stopReason, result.text], ['cancelled', '']);
    await until(() => engine.state === 'ready');
    context.diagnostic(
      `caller ${waited.toFixed(1)} ms, process ${(performance.now() - aborted).toFixed(1)} ms`,
    );
    assert.equal((await chat(engine, ask('z'))).text, 'done');
  });

  test('a load', async (context) => {
    const modelPath = join(await temporaryFolder(context), 'toy.gguf');
    await writeToyGguf(modelPath, { reply: 'done' });
    const { engine } = createEngine(context);
    const abort = new AbortController();
    const loading = engine.load(file(modelPath), { ...LOAD, signal: abort.signal });
    await sleep(150);
    abort.abort();
    await assert.rejects(loading, (error) => isModelError(error, 'cancelled'));
    assert.equal(engine.pid, undefined);
    await engine.load(file(modelPath), LOAD);
    assert.equal((await chat(engine, ask('x'))).text, 'done');
  });
});
