import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isModelError } from '../../../src/base/error.ts';
import { EnginePool, ProcessEngine } from '../../../src/engine/index.ts';
import { chat, file } from '../../support/chat.ts';
import { until } from '../../support/until.ts';

const hostPath = fileURLToPath(new URL('llama/scriptedHost.ts', import.meta.url));
const ok = file('/m/ok.gguf');
const never = file('/m/never.gguf');
const off = { gpu: 'off' } as const;

function createPool(context: TestContext): EnginePool & { created: ProcessEngine[] } {
  const created: ProcessEngine[] = [];
  const pool = new EnginePool(() => {
    const engine = new ProcessEngine({ hostPath });
    created.push(engine);
    return engine;
  });
  context.after(() => pool.unloadAll());
  return Object.assign(pool, { created });
}

describe('EnginePool', () => {
  test('callers at the same time share one load', async (context) => {
    const pool = createPool(context);
    const fractions: number[] = [];
    const onProgress = (fraction: number): void => void fractions.push(fraction);
    const [first, second] = await Promise.all([
      pool.load('m', ok, { ...off, onProgress }),
      pool.load('m', ok, { ...off, onProgress }),
    ]);
    assert.equal(first, second);
    assert.equal(pool.created.length, 1);
    assert.deepEqual(fractions, [0.5, 0.5, 1, 1]);
    const { pid } = pool.created[0] ?? assert.fail();
    assert.equal(await pool.load('m', ok, off), first);
    assert.equal(pool.created[0]?.pid, pid);
  });

  test('other options load it again, but not while it answers', async (context) => {
    const pool = createPool(context);
    const engine = await pool.load('m', ok, { ...off, contextTokens: 256 });
    const { pid } = pool.created[0] ?? assert.fail();
    const abort = new AbortController();
    const running = chat(engine, [{ role: 'user', content: 'hang' }], { signal: abort.signal });
    await until(() => engine.state === 'generating');
    assert.equal((await pool.load('m', ok, { ...off, contextTokens: 512 })).loaded?.contextTokens, 256);
    abort.abort();
    await running;
    await until(() => engine.state === 'ready');
    assert.equal((await pool.load('m', ok, { ...off, contextTokens: 512 })).loaded?.contextTokens, 512);
    assert.equal(pool.created.length, 1);
    assert.notEqual(pool.created[0]?.pid, pid);
  });

  test('one that cancels does not cancel the others', async (context) => {
    const pool = createPool(context);
    const abort = new AbortController();
    const cancelled = pool.load('m', ok, { ...off, signal: abort.signal });
    const kept = pool.load('m', ok, off);
    abort.abort();
    await assert.rejects(cancelled, (error) => isModelError(error, 'cancelled'));
    assert.equal((await kept).state, 'ready');
  });

  test('when all cancel, the load ends and its process with it', async (context) => {
    const pool = createPool(context);
    const aborts = [new AbortController(), new AbortController()];
    const loads = aborts.map(({ signal }) => pool.load('m', never, { ...off, signal }));
    const gone = new Promise<void>((resolve) => {
      pool.onDidChange(() => pool.get('m') === undefined && resolve());
    });
    for (const abort of aborts) abort.abort();
    for (const load of loads) await assert.rejects(load, (error) => isModelError(error, 'cancelled'));
    await gone;
    assert.deepEqual(pool.list(), []);
  });

  test('a load after one that was cancelled starts anew', async (context) => {
    const pool = createPool(context);
    const abort = new AbortController();
    const first = pool.load('m', never, { ...off, signal: abort.signal });
    abort.abort();
    await assert.rejects(first, (error) => isModelError(error, 'cancelled'));
    const engine = await pool.load('m', ok, off);
    assert.equal(engine.state, 'ready');
    assert.equal(pool.get('m'), engine);
  });

  test('a load that fails leaves no engine', async (context) => {
    const pool = createPool(context);
    await assert.rejects(pool.load('m', file('/m/invalid.gguf'), off), (error) =>
      isModelError(error, 'gguf-invalid'),
    );
    assert.equal(pool.get('m'), undefined);
  });

  test('a crashed engine is loaded again', async (context) => {
    const pool = createPool(context);
    const engine = await pool.load('m', ok, off);
    await assert.rejects(chat(engine, [{ role: 'user', content: 'exit' }]), (error) =>
      isModelError(error, 'engine-crashed'),
    );
    assert.equal(pool.get('m')?.state, 'crashed');
    assert.equal(await pool.load('m', ok, off), engine);
    assert.equal(engine.state, 'ready');
  });

  test('tells of every change, and unloads', async (context) => {
    const pool = createPool(context);
    const seen: string[] = [];
    const end = pool.onDidChange((id) => seen.push(`${id} ${pool.get(id)?.state ?? 'gone'}`));
    await Promise.all([pool.load('a', ok, off), pool.load('b', ok, off)]);
    assert.deepEqual(
      pool.list().map(({ id }) => id),
      ['a', 'b'],
    );
    await pool.unload('a');
    await pool.unload('unknown');
    assert.deepEqual(
      seen.filter((line) => line.startsWith('a')),
      ['a loading', 'a ready', 'a unloaded', 'a gone'],
    );
    end();
    await pool.unloadAll();
    assert.deepEqual(pool.list(), []);
    assert.ok(!seen.includes('b gone'));
    assert.deepEqual(
      pool.created.map(({ pid }) => pid),
      [undefined, undefined],
    );
  });
});
