/** One process for all windows of a user: found, shared, left, and never an orphan. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLog } from '../../src/base/log.ts';
import { doorFolder, ProcessEngine } from '../../src/engine/index.ts';
import type { Host } from '../../src/engine/llama/process/host.ts';
import { openHost } from '../../src/engine/llama/process/openHost.ts';
import { chat, file } from '../support/chat.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { until } from '../support/until.ts';
import { ask, HOST_PATH, isRunning, LOAD, TINYCODE, temporaryFolder } from './support.ts';

const CHILD = fileURLToPath(new URL('sharedChild.ts', import.meta.url));
const REPLY = 'one two three four five';

interface World {
  readonly doors: string;
  readonly modelPath: string;
  window(): ProcessEngine;
  /** Starts a window in another process. */
  otherWindow(model: string): Promise<{ child: ChildProcess; pid: number }>;
}

async function world(context: TestContext): Promise<World> {
  const folder = await temporaryFolder(context);
  const doors = join(folder, 'doors');
  await mkdir(doors, { mode: 0o700 });
  const modelPath = join(folder, 'toy.gguf');
  await writeToyGguf(modelPath, { reply: REPLY });
  const engines: ProcessEngine[] = [];
  const children: ChildProcess[] = [];
  context.after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(engines.map((engine) => engine.unload()));
  });
  return {
    doors,
    modelPath,
    window: () => {
      const engine = new ProcessEngine({ hostPath: HOST_PATH, doorFolder: doors });
      engines.push(engine);
      return engine;
    },
    otherWindow: async (model) => {
      const child = fork(CHILD, [doors, model]);
      children.push(child);
      const [{ pid }] = (await once(child, 'message')) as [{ pid: number }];
      return { child, pid };
    },
  };
}

function gone(pid: number | undefined): Promise<void> {
  return until(() => !isRunning(pid ?? assert.fail()));
}

describe('windows', () => {
  test('share one process, which ends with the last of them', async (context) => {
    const { window, modelPath, doors } = await world(context);
    const [one, two] = [window(), window()];
    await one.load(file(modelPath), LOAD);
    await two.load(file(modelPath), LOAD);
    const { pid } = one;
    assert.equal(two.pid, pid);
    const answers = await Promise.all([chat(one, ask('x')), chat(two, ask('y')), chat(one, ask('z'))]);
    assert.deepEqual(
      answers.map(({ text }) => text),
      [REPLY, REPLY, REPLY],
    );
    await one.unload();
    assert.equal((await chat(two, ask('still there?'))).text, REPLY);
    await two.unload();
    await gone(pid);
    // The word is gone as well.
    assert.deepEqual(
      (await readdir(doors)).filter((name) => name.endsWith('.key')),
      [],
    );
  });

  test('that load at the same moment come to one process', async (context) => {
    const { window, modelPath } = await world(context);
    const windows = [window(), window(), window()];
    await Promise.all(windows.map((engine) => engine.load(file(modelPath), LOAD)));
    assert.equal(new Set(windows.map(({ pid }) => pid)).size, 1);
    for (const engine of windows) assert.equal((await chat(engine, ask('x'))).text, REPLY);
  });

  test('with other options have a process of their own', async (context) => {
    const { window, modelPath } = await world(context);
    const [one, two] = [window(), window()];
    await one.load(file(modelPath), LOAD);
    await two.load(file(modelPath), { ...LOAD, contextTokens: 512 });
    assert.notEqual(one.pid, two.pid);
  });

  test('that are killed leave the process to the others, also the one that started it', async (context) => {
    const { window, otherWindow } = await world(context);
    const starter = await otherWindow(TINYCODE);
    const engine = window();
    await engine.load(file(TINYCODE), LOAD);
    assert.equal(engine.pid, starter.pid);
    const guest = await otherWindow(TINYCODE);
    assert.equal(guest.pid, starter.pid);
    for (const { child } of [guest, starter]) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      // Their answers have ended, and ours come.
      const answer = await engine.chat({ messages: ask('What is a closure?'), maxTokens: 10 });
      assert.equal(answer.answerTokens, 10);
    }
    assert.equal(engine.pid, starter.pid);
    await engine.unload();
    await gone(starter.pid);
  });

  test('killed all together leave nothing behind', async (context) => {
    const { otherWindow } = await world(context);
    const windows = await Promise.all([otherWindow(TINYCODE), otherWindow(TINYCODE)]);
    assert.equal(new Set(windows.map(({ pid }) => pid)).size, 1);
    for (const { child } of windows) child.kill('SIGKILL');
    await gone(windows[0]?.pid);
  });

  test('are all told of a crash, and the next requests start one process again', async (context) => {
    const { window, modelPath } = await world(context);
    const [one, two] = [window(), window()];
    await one.load(file(modelPath), LOAD);
    await two.load(file(modelPath), LOAD);
    const { pid = 0 } = one;
    process.kill(pid, 'SIGKILL');
    await until(() => one.state === 'crashed' && two.state === 'crashed');
    // The socket of the killed process is still there.
    const answers = await Promise.all([chat(one, ask('x')), chat(two, ask('x'))]);
    assert.deepEqual(
      answers.map(({ text }) => text),
      [REPLY, REPLY],
    );
    assert.equal(one.pid, two.pid);
    assert.notEqual(one.pid, pid);
  });

  test('are let in with the word alone', async (context) => {
    const { window, modelPath, doors } = await world(context);
    const engine = window();
    await engine.load(file(modelPath), LOAD);
    const names = await readdir(doors);
    const socketPath = join(doors, names.find((name) => name.endsWith('.sock')) ?? assert.fail());
    const tokenPath = join(doors, names.find((name) => name.endsWith('.key')) ?? assert.fail());
    const token = await readFile(tokenPath, 'utf8');
    for (const first of [
      { id: 1, call: 'count', params: { text: 'x' } },
      { token: `${token}x` },
      { token: '' },
    ]) {
      const socket = connect(socketPath);
      await once(socket, 'connect');
      socket.resume();
      const closed = once(socket, 'close');
      for (const message of [first, { id: 2, call: 'count', params: { text: 'x' } }]) {
        const body = Buffer.from(JSON.stringify(message));
        const length = Buffer.alloc(4);
        length.writeUInt32BE(body.length);
        socket.write(Buffer.concat([length, body]));
      }
      await closed;
    }
    assert.equal((await chat(engine, ask('x'))).text, REPLY);
    // Strangers keep nothing alive.
    const { pid } = engine;
    const stranger = connect(socketPath);
    await once(stranger, 'connect');
    await engine.unload();
    await gone(pid);
    stranger.destroy();
  });

  test('leave a process that is suspended, and load another model', {
    skip: process.platform === 'win32' ? 'Windows has no signal that suspends a process.' : false,
  }, async (context) => {
    const { window, modelPath } = await world(context);
    const [starter, guest] = [window(), window()];
    await starter.load(file(modelPath), LOAD);
    await guest.load(file(modelPath), LOAD);
    const pid = starter.pid ?? assert.fail();
    assert.equal(guest.pid, pid);
    process.kill(pid, 'SIGSTOP');
    context.after(() => process.kill(pid, 'SIGKILL'));
    let hasLeft = false;
    void guest.unload().then(() => {
      hasLeft = true;
    });
    await until(() => hasLeft);
    await guest.load(file(TINYCODE), LOAD);
    assert.notEqual(guest.pid, pid);
  });

  test('wait for the word of a process that listens already', async (context) => {
    const { window, modelPath, doors } = await world(context);
    await window().load(file(modelPath), LOAD);
    const names = await readdir(doors);
    const pathOf = (end: string): string =>
      join(doors, names.find((name) => name.endsWith(end)) ?? assert.fail());
    const door = { path: pathOf('.sock'), tokenPath: pathOf('.key') };
    const word = await readFile(door.tokenPath);
    await rm(door.tokenPath);
    const hosts: Host[] = [];
    const found = await openHost({
      hostPath: HOST_PATH,
      log: silentLog,
      gpu: 'off',
      spares: undefined,
      door,
      onHost: (host) => {
        if (hosts.push(host) > 1) return;
        const call = host.call.bind(host);
        // The word comes once this window knows that another one was faster.
        host.call = (...args) => {
          const sent = call(...args);
          void sent.done.then(() => setTimeout(() => void writeFile(door.tokenPath, word), 100));
          return sent;
        };
      },
    });
    context.after(() => found.stop());
    assert.equal(hosts.length, 2);
    assert.equal(found, hosts[1]);
  });

  test('that ask a process that is not ours get one of their own', async (context) => {
    const { window, modelPath, doors } = await world(context);
    const engine = window();
    await engine.load(file(modelPath), LOAD);
    const [key = ''] = (await readdir(doors)).filter((name) => name.endsWith('.key'));
    await writeFile(join(doors, key), 'another word');
    const second = window();
    await second.load(file(modelPath), LOAD);
    assert.notEqual(second.pid, engine.pid);
    assert.equal((await chat(second, ask('x'))).text, REPLY);
  });
});

test('the folder of doors is private, or not used', {
  skip: process.platform === 'win32',
}, async (context) => {
  const base = await temporaryFolder(context);
  const environment = { XDG_RUNTIME_DIR: base };
  const folder = doorFolder(environment) ?? assert.fail();
  assert.ok(folder.startsWith(base));
  assert.equal(doorFolder(environment), folder);
  await chmod(folder, 0o755);
  assert.equal(doorFolder(environment), undefined);
  const blocked = join(base, 'file');
  await writeFile(blocked, '');
  assert.equal(doorFolder({ XDG_RUNTIME_DIR: blocked }), undefined);
});
