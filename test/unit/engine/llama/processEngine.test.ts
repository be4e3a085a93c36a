import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isModelError } from '../../../../src/base/error.ts';
import type { Log } from '../../../../src/base/log.ts';
import { ProcessEngine } from '../../../../src/engine/index.ts';
import type { AnswerEvent, ChatMessage, EngineState } from '../../../../src/inference/index.ts';
import { chat, file } from '../../../support/chat.ts';
import { until } from '../../../support/until.ts';

const hostPath = fileURLToPath(new URL('scriptedHost.ts', import.meta.url));

function ask(content: string): ChatMessage[] {
  return [{ role: 'user', content }];
}

/** An engine that is unloaded when the test ends. */
function createEngine(
  context: TestContext,
  env?: Record<string, string>,
): ProcessEngine & { lines: string[] } {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const engine = new ProcessEngine({ hostPath, log, env });
  context.after(() => engine.unload());
  return Object.assign(engine, { lines });
}

function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function states(engine: ProcessEngine): EngineState[] {
  const seen: EngineState[] = [];
  engine.onDidChangeState((state) => seen.push(state));
  return seen;
}

describe('ProcessEngine', () => {
  test('loads, answers and unloads', async (context) => {
    const engine = createEngine(context);
    const seen = states(engine);
    const fractions: number[] = [];
    const loaded = await engine.load(file('/m/ok.gguf'), {
      contextTokens: 100,
      gpu: 'off',
      onProgress: (fraction) => fractions.push(fraction),
    });
    assert.deepEqual(
      { ...loaded, loadMs: 0 },
      {
        contextTokens: 100,
        trainContextTokens: 512,
        threads: 1,
        gpu: 'cpu',
        infill: false,
        loadMs: 0,
      },
    );
    assert.ok(loaded.loadMs >= 30);
    assert.deepEqual(fractions, [0.5, 1]);

    const pieces: string[] = [];
    const result = await chat(engine, ask('hello'), { onText: (text) => pieces.push(text) });
    assert.deepEqual(pieces, ['ok.gguf hello 1 ', 'done']);
    assert.equal(result.text, pieces.join(''));
    assert.deepEqual([result.stopReason, result.promptTokens, result.answerTokens], ['end', 7, 3]);
    assert.ok(result.firstTextMs !== undefined && result.firstTextMs <= result.totalMs);
    assert.equal(await engine.count('four'), 4);

    const { pid } = engine;
    assert.ok(isRunning(pid));
    await engine.unload();
    assert.ok(!isRunning(pid));
    assert.equal(engine.loaded, undefined);
    assert.deepEqual(seen, ['loading', 'ready', 'generating', 'ready', 'unloaded']);
  });

  test('without a model there is no answer', async (context) => {
    const engine = createEngine(context);
    await assert.rejects(chat(engine, ask('x')), (error) => isModelError(error, 'no-model'));
    await assert.rejects(engine.count('x'), (error) => isModelError(error, 'no-model'));
  });

  test('a load that fails says so, and leaves no process', async (context) => {
    const engine = createEngine(context);
    await assert.rejects(
      engine.load(file('/m/invalid.gguf')),
      (error) => isModelError(error, 'gguf-invalid') && error.message === 'Damaged.',
    );
    assert.equal(engine.state, 'unloaded');
    assert.equal(engine.pid, undefined);
  });

  test('a load that is answered with nonsense ends, and so does its process', async (context) => {
    const engine = createEngine(context);
    await assert.rejects(
      engine.load(file('/m/gibberish.gguf'), { gpu: 'off' }),
      (error) =>
        isModelError(error, 'engine-crashed') &&
        /was stopped: it sent a message that is not understood\./.test(error.message),
    );
    assert.equal(engine.pid, undefined);
  });

  for (const [model, advice] of [
    ['refused', /cannot read this model: pull it again, or choose another one/],
    ['large', /choose another one, or a smaller context/],
  ] as const) {
    test(`a load that ends the process says what to do: ${model}`, async (context) => {
      const engine = createEngine(context);
      await assert.rejects(
        engine.load(file(`/m/${model}.gguf`), { gpu: 'off' }),
        (error) => isModelError(error, 'engine-crashed') && advice.test(error.message),
      );
      assert.equal(engine.pid, undefined);
    });
  }

  test('a load can be cancelled, by its signal and by unload', async (context) => {
    const engine = createEngine(context);
    const abort = new AbortController();
    const first = engine.load(file('/m/never.gguf'), { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await assert.rejects(first, (error) => isModelError(error, 'cancelled'));
    assert.equal(engine.state, 'unloaded');
    const second = engine.load(file('/m/never.gguf'));
    const rejected = assert.rejects(second, (error) => isModelError(error, 'cancelled'));
    await until(() => engine.state === 'loading');
    await engine.unload();
    await rejected;
    assert.equal(engine.state, 'unloaded');
  });

  test('another version of the host is refused', async (context) => {
    const engine = createEngine(context, { SCRIPTED_VERSION: '99' });
    await assert.rejects(
      engine.load(file('/m/ok.gguf')),
      (error) => isModelError(error, 'engine-unavailable') && error.message.includes('protocol 99'),
    );
  });

  test('a host that is missing', async () => {
    const engine = new ProcessEngine({ hostPath: '/nowhere/host.mjs', execPath: '/nowhere/node' });
    await assert.rejects(engine.load(file('/m/ok.gguf')), (error) =>
      isModelError(error, 'engine-unavailable'),
    );
    const broken = new ProcessEngine({ hostPath: '/nowhere/host.mjs' });
    await assert.rejects(broken.load(file('/m/ok.gguf'), { gpu: 'off' }), (error) =>
      isModelError(error, 'engine-crashed'),
    );
  });

  test('a crash while the GPU is prepared leads to a load without it', async (context) => {
    const engine = createEngine(context);
    const loaded = await engine.load(file('/m/needs-cpu.gguf'));
    assert.equal(loaded.gpu, 'cpu');
    assert.ok(engine.lines.some((line) => line.includes('again without the GPU')));
  });

  test('a crash fails the answer with its reason; the next one starts a new process', async (context) => {
    const engine = createEngine(context);
    const seen = states(engine);
    await engine.load(file('/m/ok.gguf'), { gpu: 'off' });
    const { pid } = engine;
    const crashing = chat(engine, ask('exit'));
    const waiting = chat(engine, ask('queued'));
    await assert.rejects(
      crashing,
      (error) =>
        isModelError(error, 'engine-crashed') &&
        error.retryable &&
        error.message.includes('exit code 3') &&
        error.message.includes('ggml: it is broken'),
    );
    assert.equal((await waiting).text, 'ok.gguf queued 1 done');
    assert.notEqual(engine.pid, pid);
    assert.deepEqual(seen.slice(2), ['generating', 'crashed', 'loading', 'ready', 'generating', 'ready']);
  });

  test('a crash of which only the next request tells ends the question before that, and no process twice', async (context) => {
    const engine = createEngine(context);
    const seen = states(engine);
    await engine.load(file('/m/ok.gguf'), { gpu: 'off' });
    const crashing = chat(engine, ask('exit'));
    const rejected = assert.rejects(crashing, (error) => isModelError(error, 'engine-crashed'));
    // Only what waits for nobody else runs here, so nothing of the answer is read.
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    assert.equal(engine.state, 'generating');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    assert.equal((await chat(engine, ask('queued'))).text, 'ok.gguf queued 1 done');
    await rejected;
    assert.equal(seen.filter((state) => state === 'crashed').length, 1);
  });

  test('a GPU that fails in a prompt leads to an answer without it, which is said', async (context) => {
    const engine = createEngine(context);
    await engine.load(file('/m/ok.gguf'));
    assert.equal(engine.loaded?.gpu, 'vulkan');
    const notes: string[] = [];
    const onEvent = (event: AnswerEvent): void => void (event.type === 'note' && notes.push(event.text));
    const result = await engine.chat({ messages: ask('needs-cpu') }, { onEvent });
    assert.equal(result.text, 'ok.gguf needs-cpu 1 done');
    assert.deepEqual(notes, ['The GPU failed, so the model runs on the CPU now.']);
    assert.equal(engine.loaded?.gpu, 'cpu');
    assert.equal((await chat(engine, ask('next'))).text, 'ok.gguf next 1 done');
  });

  test('a process that dies while idle is replaced by the next request', async (context) => {
    const engine = createEngine(context);
    await engine.load(file('/m/ok.gguf'), { gpu: 'off' });
    const crashed = new Promise<string | undefined>((resolve) => {
      engine.onDidChangeState((state, reason) => state === 'crashed' && resolve(reason));
    });
    process.kill(engine.pid ?? assert.fail(), 'SIGTERM');
    assert.match((await crashed) ?? '', /SIGTERM/);
    assert.equal(engine.loaded, undefined);
    assert.equal(await engine.count('abc'), 3);
    assert.equal(engine.state, 'ready');
  });

  test('answers run one after the other, in order', async (context) => {
    const engine = createEngine(context);
    await engine.load(file('/m/ok.gguf'), { gpu: 'off' });
    const answers = await Promise.all(['a', 'b', 'c'].map((question) => chat(engine, ask(question))));
    // The host says how many answers it had under way.
    assert.deepEqual(
      answers.map(({ text }) => text),
      ['ok.gguf a 1 done', 'ok.gguf b 1 done', 'ok.gguf c 1 done'],
    );
  });

  test('cancelling gives the text so far, and the process goes on', async (context) => {
    const engine = createEngine(context);
    await engine.load(file('/m/ok.gguf'), { gpu: 'off' });
    const abort = new AbortController();
    const result = await chat(engine, ask('hang'), { signal: abort.signal, onText: () => abort.abort() });
    assert.deepEqual([result.stopReason, result.text], ['cancelled', 'ok.gguf hang 1 ']);
    assert.equal((await chat(engine, ask('next'))).text, 'ok.gguf next 1 done');
  });

  test('a host that cannot stop at once does not keep the caller waiting', async (context) => {
    const engine = createEngine(context);
    await engine.load(file('/m/ok.gguf'), { gpu: 'off' });
    const abort = new AbortController();
    let aborted = 0;
    const stubborn = chat(engine, ask('stubborn'), {
      signal: abort.signal,
      onText: () => {
        aborted = performance.now();
        abort.abort();
      },
    });
    const next = chat(engine, ask('next'));
    const result = await stubborn;
    assert.equal(result.stopReason, 'cancelled');
    // The caller has its answer, and the host has not stopped yet.
    assert.equal(engine.state, 'generating');
    // The next one waits until the host has really stopped.
    assert.equal((await next).text, 'ok.gguf next 1 done');
    assert.ok(performance.now() - aborted >= 300);
  });

  test('an answer that waits its turn can be cancelled', async (context) => {
    const engine = createEngine(context);
    await engine.load(file('/m/ok.gguf'), { gpu: 'off' });
    const first = new AbortController();
    const second = new AbortController();
    let started = false;
    const onText = (): void => {
      started = true;
    };
    const running = chat(engine, ask('hang'), { signal: first.signal, onText });
    const waiting = chat(engine, ask('never sent'), { signal: second.signal });
    await until(() => started);
    second.abort();
    const { text, stopReason, promptTokens } = await waiting;
    assert.deepEqual(
      { text, stopReason, promptTokens },
      { text: '', stopReason: 'cancelled', promptTokens: 0 },
    );
    first.abort();
    assert.equal((await running).stopReason, 'cancelled');
    const late = new AbortController();
    late.abort();
    assert.equal((await chat(engine, ask('x'), { signal: late.signal })).stopReason, 'cancelled');
  });

  test('unloading ends an answer as cancelled', async (context) => {
    const engine = createEngine(context);
    await engine.load(file('/m/ok.gguf'), { gpu: 'off' });
    const { pid } = engine;
    let started = false;
    const onText = (): void => {
      started = true;
    };
    const running = chat(engine, ask('hang'), { onText });
    await until(() => started);
    await engine.unload();
    const result = await running;
    assert.deepEqual([result.stopReason, result.text], ['cancelled', 'ok.gguf hang 1 ']);
    assert.ok(!isRunning(pid));
    assert.equal(engine.state, 'unloaded');
  });

  test('a callback that throws fails its own answer, and no other', async (context) => {
    const engine = createEngine(context);
    await engine.load(file('/m/ok.gguf'), { gpu: 'off' });
    const failing = chat(engine, ask('hang'), {
      onText: () => {
        throw new Error('the view is closed');
      },
    });
    await assert.rejects(failing, /the view is closed/);
    assert.equal((await chat(engine, ask('next'))).text, 'ok.gguf next 1 done');
  });

  test('loading another model ends the process of the first', async (context) => {
    const engine = createEngine(context);
    await engine.load(file('/m/ok.gguf'), { gpu: 'off' });
    const { pid } = engine;
    await engine.load(file('/m/other.gguf'), { gpu: 'off' });
    assert.ok(!isRunning(pid));
    assert.equal((await chat(engine, ask('x'))).text, 'other.gguf x 1 done');
  });
});
