/**
 * Many requests of all kinds in any order, canceled and crashed now and then: nothing hangs, nothing is mixed up, and no
 * process and no file is left.
 */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isModelError } from '../../src/base/error.ts';
import { ProcessEngine, SpareHosts } from '../../src/engine/index.ts';
import type { InfillRequest } from '../../src/inference/index.ts';
import { file } from '../support/chat.ts';
import { runs } from '../support/longRuns.ts';
import { randomFrom } from '../support/random.ts';
import { testSeed } from '../support/seed.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { until } from '../support/until.ts';
import { ask, HOST_PATH, isRunning, LOAD, temporaryFolder } from './support.ts';

const REPLY = 'Here it is:\n\n```ts\nreturn left + right;\n```\nThat is all.';
const FILLED = 'return a - b;';
const HOLE: InfillRequest['prompt'] = [
  { mark: '<|fim_prefix|>' },
  'const x = ',
  { mark: '<|fim_suffix|>' },
  ';\n',
  { mark: '<|fim_middle|>' },
];
const REQUESTS = runs(120, 500);
/** Requests of one round; they overlap. */
const ROUND = 10;

describe('a soak', () => {
  test('of mixed requests leaves nothing behind', { timeout: runs(60_000, 300_000) }, async (context) => {
    const seed = testSeed(20_261_129);
    const random = randomFrom(seed);
    const pick = (count: number): number => Math.floor(random() * count);
    const folder = await temporaryFolder(context);
    const modelPath = join(folder, 'toy.gguf');
    const stateFolder = join(folder, 'states');
    await writeToyGguf(modelPath, { reply: REPLY, infill: FILLED });
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const spares = new SpareHosts({ hostPath: HOST_PATH, log });
    const engine = new ProcessEngine({ hostPath: HOST_PATH, stateFolder, spares, log });
    context.after(() => Promise.all([engine.unload(), spares.close()]));
    const pids = new Set<number>();
    const counts = { whole: 0, cancelled: 0, crashed: 0 };
    const load = async (): Promise<void> => {
      await engine.load(file(modelPath), LOAD);
      if (engine.pid !== undefined) pids.add(engine.pid);
    };

    const request = async (): Promise<void> => {
      const abort = new AbortController();
      const { signal } = abort;
      const timer = pick(3) === 0 ? setTimeout(() => abort.abort(), pick(60)) : undefined;
      try {
        const text = 'x '.repeat(pick(200));
        const isInfill = pick(3) === 0;
        const result = isInfill
          ? await engine.infill({ prompt: HOLE, maxTokens: 40 }, { signal })
          : await engine.chat({ messages: ask(text), purpose: pick(2) === 0 ? 'chat' : 'edit' }, { signal });
        const whole = isInfill ? FILLED : REPLY;
        if (result.stopReason === 'cancelled') {
          counts.cancelled++;
          assert.ok(whole.startsWith(result.text), result.text);
        } else {
          counts.whole++;
          assert.equal(result.text, whole);
        }
      } catch (error) {
        if (!isModelError(error, 'engine-crashed') && !isModelError(error, 'no-model')) throw error;
        counts.crashed++;
      } finally {
        clearTimeout(timer);
      }
    };

    await load();
    for (let done = 0; done < REQUESTS; done += ROUND) {
      const round = Array.from({ length: ROUND }, request);
      const event = pick(6);
      if (event === 0) {
        await sleep(pick(40));
        if (engine.pid !== undefined) process.kill(engine.pid, 'SIGKILL');
      } else if (event === 1) await engine.unload();
      await Promise.all(round);
      if (event === 1) await load();
      await engine.count('x');
      if (engine.pid !== undefined) pids.add(engine.pid);
    }
    context.diagnostic(`seed ${seed}: ${JSON.stringify(counts)}, ${pids.size} processes`);
    assert.ok(counts.whole > REQUESTS / 4);
    await engine.unload();
    await spares.close();
    await until(() => [...pids].every((pid) => !isRunning(pid)));
    // States of killed processes are removed when the next one starts.
    const next = new ProcessEngine({ hostPath: HOST_PATH, stateFolder });
    await next.load(file(modelPath), LOAD);
    await next.unload();
    assert.deepEqual(await readdir(stateFolder), []);
  });
});
