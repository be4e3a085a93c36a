/** Which models stay in memory. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { silentLog } from '../../../src/base/log.ts';
import { EnginePool } from '../../../src/engine/index.ts';
import { modelBytesLimit, modelsToUnload, Residency, type Resident } from '../../../src/session/residency.ts';
import { file } from '../../support/chat.ts';
import { ScriptedEngine } from '../../support/scriptedEngine.ts';

const GB = 1024 ** 3;

describe('room for models', () => {
  const memory = (availableBytes: number, totalBytes: number) => ({ availableBytes, totalBytes });

  test('is what is free, with what models have already, and a reserve for others', () => {
    assert.equal(modelBytesLimit(memory(10 * GB, 16 * GB), 0), 8 * GB);
    assert.equal(modelBytesLimit(memory(6 * GB, 16 * GB), 4 * GB), 8 * GB);
    // Never more than three quarters.
    assert.equal(modelBytesLimit(memory(60 * GB, 64 * GB), 0), 48 * GB);
    // A small machine keeps a quarter.
    assert.equal(modelBytesLimit(memory(3 * GB, 4 * GB), 0), 2 * GB);
    assert.equal(modelBytesLimit(memory(0.5 * GB, 4 * GB), 0), 0);
  });

  test('is made by the least recently used, and never by one that answers', () => {
    const model = (id: string, lastUsedAt: number, isBusy = false): Resident => ({
      id,
      bytes: 2 * GB,
      lastUsedAt,
      isBusy,
    });
    const three = [model('new', 3), model('old', 1), model('middle', 2)];
    assert.deepEqual(modelsToUnload(GB, three, 8 * GB), []);
    assert.deepEqual(modelsToUnload(2 * GB, three, 6 * GB), ['old']);
    assert.deepEqual(modelsToUnload(3 * GB, three, 6 * GB), ['old', 'middle']);
    assert.deepEqual(modelsToUnload(6 * GB, three, 6 * GB), ['old', 'middle', 'new']);
    assert.equal(modelsToUnload(7 * GB, three, 6 * GB), undefined);
    assert.deepEqual(modelsToUnload(2 * GB, [model('busy', 1, true), model('idle', 2)], 4 * GB), ['idle']);
    assert.equal(modelsToUnload(3 * GB, [model('busy', 1, true)], 4 * GB), undefined);
    const kept = { ...model('kept', 0), isKept: true };
    assert.deepEqual(modelsToUnload(2 * GB, [kept, model('idle', 2)], 4 * GB), ['idle']);
    assert.deepEqual(modelsToUnload(4 * GB, [kept, model('idle', 2)], 4 * GB), ['idle', 'kept']);
  });
});

function world(context: TestContext, availableBytes: number) {
  const pool = new EnginePool(() => new ScriptedEngine({ answer: [] }));
  let time = 1000;
  const residency = new Residency({
    pool,
    memory: async () => ({ availableBytes, totalBytes: 16 * GB }),
    idleMs: () => 60_000,
    isKept: (id) => id === 'kept',
    log: silentLog,
    now: () => time,
  });
  context.after(() => residency.dispose());
  const load = async (id: string, bytes: number): Promise<void> => {
    time += 1000;
    await residency.makeRoom(id, id, [async () => bytes]);
    await pool.load(id, file(`/m/${id}`));
  };
  const ids = (): string[] => pool.list().map(({ id }) => id);
  return { pool, residency, load, ids, pass: (ms: number) => (time += ms) };
}

describe('models in memory', () => {
  test('go when another one needs the room, the one that was used longest ago first', async (context) => {
    const { load, ids, pool, pass } = world(context, 6 * GB);
    await load('a', 2 * GB);
    await load('b', 2 * GB);
    pass(1000);
    await pool.get('a')?.chat?.({ messages: [] });
    await load('c', 5.5 * GB);
    assert.deepEqual(ids(), ['a', 'c']);
  });

  test('stay where a model is refused, with the figures', async (context) => {
    const { load, ids } = world(context, 6 * GB);
    await load('a', 2 * GB);
    await assert.rejects(
      load('huge', 20 * GB),
      (error) =>
        isModelError(error, 'out-of-memory') && /huge needs about 2[01].* only 6/.test(error.message),
    );
    assert.deepEqual(ids(), ['a']);
  });

  test('take a later estimate only if the first one does not fit', async (context) => {
    const { residency } = world(context, 6 * GB);
    const asked: string[] = [];
    const estimate = (name: string, bytes: number | undefined) => async () => {
      asked.push(name);
      return bytes;
    };
    await residency.makeRoom('a', 'a', [estimate('cpu', 1), estimate('gpu', 1)]);
    assert.deepEqual(asked, ['cpu']);
    await residency.makeRoom('b', 'b', [estimate('cpu', 20 * GB), estimate('gpu', GB)]);
    assert.deepEqual(asked, ['cpu', 'cpu', 'gpu']);
    // An unknown need is not refused.
    await residency.makeRoom('c', 'c', [estimate('cpu', undefined)]);
  });

  test('go by themselves after a time without use, unless they are to be kept', async (context) => {
    const { load, ids, pool, pass, residency } = world(context, 12 * GB);
    await load('a', GB);
    await load('b', GB);
    await load('kept', GB);
    pass(59_000);
    await pool.get('b')?.chat?.({ messages: [] });
    pass(2000);
    await residency.unloadIdle();
    assert.deepEqual(ids(), ['b', 'kept']);
  });
});
