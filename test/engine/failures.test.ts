/** Crashes, damaged files and too little memory, with the real process and library. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isModelError, type ModelErrorCode } from '../../src/base/error.ts';
import { chat, file } from '../support/chat.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { until } from '../support/until.ts';
import { ask, createEngine, HOST_PATH, isRunning, LOAD, temporaryFolder } from './support.ts';

const LONG_REPLY = Array.from({ length: 2_000 }, (_, index) => `word${index}`).join(' ');

async function toy(context: TestContext, reply = 'fine', contextTokens = 4096): Promise<string> {
  const modelPath = join(await temporaryFolder(context), 'toy.gguf');
  await writeToyGguf(modelPath, { reply, contextTokens });
  return modelPath;
}

/** The message of a load that has to fail. */
async function failedLoad(
  context: TestContext,
  modelPath: string,
  code: ModelErrorCode,
  contextTokens?: number,
): Promise<string> {
  const { engine } = createEngine(context);
  const start = performance.now();
  const error = await engine.load(file(modelPath), { ...LOAD, contextTokens }).then(
    () => assert.fail('it was loaded'),
    (reason: unknown) => reason,
  );
  assert.ok(isModelError(error, code), String(error));
  assert.equal(engine.state, 'unloaded');
  assert.equal(engine.pid, undefined);
  context.diagnostic(`${Math.round(performance.now() - start)} ms: ${error.message}`);
  return error.message;
}

describe('a model file', () => {
  test('that is missing', async (context) => {
    const folder = await temporaryFolder(context);
    assert.match(await failedLoad(context, join(folder, 'none.gguf'), 'gguf-invalid'), /none\.gguf.*ENOENT/);
  });

  test('that is something else', async (context) => {
    const path = join(await temporaryFolder(context), 'junk.gguf');
    await writeFile(path, '<html>Not found</html>'.repeat(100));
    assert.match(await failedLoad(context, path, 'gguf-invalid'), /junk\.gguf/);
  });

  test('that is cut off, in its data and in its header', async (context) => {
    const path = await toy(context);
    await truncate(path, (await stat(path)).size - 10_000);
    assert.match(await failedLoad(context, path, 'gguf-invalid'), /its end is missing/);
    await truncate(path, 400);
    assert.match(await failedLoad(context, path, 'gguf-invalid'), /in the middle of its header/);
  });

  test('whose header is fine but which llama.cpp refuses', async (context) => {
    const path = await toy(context);
    const bytes = await readFile(path);
    // A tensor that the architecture needs has another name of the same length.
    bytes.write('output_nerm', bytes.indexOf('output_norm.weight'));
    await writeFile(path, bytes);
    const message = await failedLoad(context, path, 'gguf-invalid');
    assert.match(message, /"toy\.gguf": tensor 'output_norm\.weight' not found/);
  });

  test('that is larger than the memory is refused at once', {
    skip: process.platform === 'win32',
  }, async (context) => {
    const path = await toy(context);
    // A hole at the end: the file takes no space on the disk.
    const file = await open(path, 'r+');
    await file.truncate(totalmem() + 2e9);
    await file.close();
    const message = await failedLoad(context, path, 'out-of-memory');
    assert.match(message, /takes .* GB, but this machine has only .* GB of memory/);
  });

  test('with a context that is larger than the memory is refused at once', async (context) => {
    const contextTokens = Math.ceil(totalmem() / 256) + 1_000_000;
    const path = await toy(context, 'fine', contextTokens);
    const message = await failedLoad(context, path, 'out-of-memory', contextTokens);
    assert.match(message, /Choose a smaller context/);
  });
});

describe('a process', () => {
  test('that is killed while it answers: an error, then it works again', async (context) => {
    const modelPath = await toy(context, LONG_REPLY);
    const { engine } = createEngine(context);
    await engine.load(file(modelPath), LOAD);
    const pid = engine.pid ?? assert.fail();
    const states: string[] = [];
    engine.onDidChangeState((state) => states.push(state));
    const running = chat(engine, ask('x'), { onText: () => void process.kill(pid, 'SIGKILL') });
    await assert.rejects(
      running,
      (error) => isModelError(error, 'engine-crashed') && error.message.includes('SIGKILL'),
    );
    assert.equal(engine.state, 'crashed');
    const next = await chat(engine, ask('x'), { maxTokens: 3 });
    assert.equal(next.text, 'word0 word1 word2');
    assert.notEqual(engine.pid, pid);
    assert.deepEqual(states, ['generating', 'crashed', 'loading', 'ready', 'generating', 'ready']);
  });

  test('is gone after unload, also in the middle of an answer', async (context) => {
    const modelPath = await toy(context, LONG_REPLY);
    const { engine } = createEngine(context);
    await engine.load(file(modelPath), LOAD);
    const pid = engine.pid ?? assert.fail();
    let unloading: Promise<void> | undefined;
    const result = await chat(engine, ask('x'), {
      onText: () => {
        unloading ??= engine.unload();
      },
    });
    await unloading;
    assert.equal(result.stopReason, 'cancelled');
    assert.ok(result.text.startsWith('word0'));
    assert.ok(!isRunning(pid));
  });

  test('ends when its parent dies', async (context) => {
    const modelPath = await toy(context, LONG_REPLY);
    const script = join(await temporaryFolder(context), 'parent.mjs');
    const engineUrl = new URL('../../src/engine/index.ts', import.meta.url).href;
    await writeFile(
      script,
      `import { ProcessEngine } from ${JSON.stringify(engineUrl)};
      const engine = new ProcessEngine({ hostPath: ${JSON.stringify(HOST_PATH)} });
      await engine.load({ kind: 'file', path: ${JSON.stringify(modelPath)} }, { gpu: 'off', threads: 1 });
      let told = false;
      await engine.chat({ messages: [{ role: 'user', content: 'x' }] }, {
        onEvent: ({ type }) =>
          type !== 'text' || told || (told = true, process.stdout.write(engine.pid + '\\n')),
      });
      setInterval(() => {}, 1000);`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    context.after(() => parent.kill('SIGKILL'));
    const pid = await new Promise<number>((resolve, reject) => {
      parent.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
      parent.once('exit', (code) => reject(new Error(`the parent ended with ${code}`)));
    });
    assert.ok(isRunning(pid));
    parent.removeAllListeners('exit');
    parent.kill('SIGKILL');
    const killed = performance.now();
    await until(() => !isRunning(pid));
    context.diagnostic(`gone ${Math.round(performance.now() - killed)} ms after its parent`);
  });
});
