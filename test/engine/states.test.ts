/** Conversations come back from saved states, and nothing that happens to the files does harm. */
import assert from 'node:assert/strict';
import { readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { ProcessEngine } from '../../src/engine/index.ts';
import type { ChatMessage, ChatResult } from '../../src/inference/index.ts';
import { file } from '../support/chat.ts';
import { until } from '../support/until.ts';
import { HOST_PATH, isRunning, LOAD, TINYCODE, temporaryFolder } from './support.ts';

const LONG = 'It should be short. '.repeat(30);
const A: ChatMessage[] = [
  { role: 'user', content: `Write a TypeScript function that adds two numbers. ${LONG}` },
];
const B: ChatMessage[] = [{ role: 'user', content: `What is a closure? ${LONG}` }];

async function withStates(
  context: TestContext,
  env?: Record<string, string>,
): Promise<{ engine: ProcessEngine; folder: string; lines: string[]; start(): Promise<ProcessEngine> }> {
  const folder = join(await temporaryFolder(context), 'states');
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const log = { debug: write, info: write, warn: write, error: write };
  const start = async (): Promise<ProcessEngine> => {
    const engine = new ProcessEngine({ hostPath: HOST_PATH, stateFolder: folder, log, env });
    context.after(() => engine.unload());
    await engine.load(file(TINYCODE), LOAD);
    return engine;
  };
  return { engine: await start(), folder, lines, start };
}

async function statesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith('.state')).map((name) => join(folder, name));
}

async function ask(engine: ProcessEngine, messages: readonly ChatMessage[]): Promise<ChatResult> {
  return engine.chat({ messages, maxTokens: 24 });
}

function followUp(messages: readonly ChatMessage[], answer: ChatResult, question: string): ChatMessage[] {
  return [...messages, { role: 'assistant', content: answer.text }, { role: 'user', content: question }];
}

describe('saved states', () => {
  test('a return to a conversation evaluates only what is new, and answers the same', async (context) => {
    const { engine } = await withStates(context);
    const a1 = await ask(engine, A);
    const b1 = await ask(engine, B);
    assert.ok(b1.evaluatedTokens > 100);
    const again = followUp(A, a1, 'Thanks.');
    const a2 = await ask(engine, again);
    // The question, and the frame around it and the answer.
    assert.ok(a2.evaluatedTokens <= 32, `${a2.evaluatedTokens}`);
    const b2 = await ask(engine, followUp(B, b1, 'Thanks.'));
    assert.ok(b2.evaluatedTokens <= 32, `${b2.evaluatedTokens}`);
    const fresh = new ProcessEngine({ hostPath: HOST_PATH });
    context.after(() => fresh.unload());
    await fresh.load(file(TINYCODE), LOAD);
    assert.equal((await ask(fresh, again)).text, a2.text);
  });

  test('files that are cut or changed are not loaded', async (context) => {
    const { engine, folder, lines } = await withStates(context);
    const first = await ask(engine, A);
    const { pid } = engine;
    for (const damage of [
      async (path: string) => truncate(path, (await stat(path)).size - 1),
      async (path: string) => truncate(path, 0),
      async (path: string) => writeFile(path, 'x'.repeat(10_000)),
    ]) {
      await ask(engine, B);
      const paths = await statesIn(folder);
      assert.ok(paths.length > 0);
      for (const path of paths) await damage(path);
      assert.equal((await ask(engine, A)).text, first.text);
    }
    assert.equal(engine.pid, pid);
    assert.ok(lines.some((line) => line.includes('A state cannot be used')));
  });

  test('lie in a private folder, which is gone when the process ends', async (context) => {
    const { engine, folder } = await withStates(context);
    await ask(engine, A);
    await ask(engine, B);
    const [own = ''] = await readdir(folder);
    if (process.platform !== 'win32') assert.equal((await stat(join(folder, own))).mode & 0o777, 0o700);
    assert.equal((await statesIn(folder)).length, 1);
    await engine.unload();
    assert.deepEqual(await readdir(folder), []);
  });

  test('after a kill, the next process removes them, and leaves those of others', async (context) => {
    const { engine, folder, start } = await withStates(context);
    const other = await start();
    const before = await readdir(folder);
    const { pid = 0 } = engine;
    process.kill(pid, 'SIGKILL');
    await until(() => !isRunning(pid));
    await start();
    const names = await readdir(folder);
    assert.equal(names.length, 2);
    assert.equal(names.filter((name) => before.includes(name)).length, 1);
    assert.equal((await ask(other, A)).stopReason, 'length');
  });

  test('without a folder, everything works as without states', async (context) => {
    const blocked = join(await temporaryFolder(context), 'file');
    await writeFile(blocked, '');
    // In /proc a folder is missing and cannot be made.
    for (const stateFolder of [join(blocked, 'states'), '/proc/nothing/states']) {
      const engine = new ProcessEngine({ hostPath: HOST_PATH, stateFolder });
      context.after(() => engine.unload());
      await engine.load(file(TINYCODE), LOAD);
      await ask(engine, A);
      await ask(engine, B);
      assert.ok((await ask(engine, A)).evaluatedTokens > 100);
    }
  });
});
