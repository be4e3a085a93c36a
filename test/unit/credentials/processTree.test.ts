/** How a helper and its children are ended on systems other than the test's. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { describe, test } from 'node:test';
import { type EndingMachine, endTree, ownGroup } from '../../../src/credentials/processTree.ts';

interface Calls {
  readonly machine: EndingMachine;
  readonly spawned: unknown[][];
  readonly killed: unknown[][];
}

/** A machine that only records; `fails` says that its ways do not work. */
function recording(platform: NodeJS.Platform, fails = false): Calls {
  const spawned: unknown[][] = [];
  const killed: unknown[][] = [];
  const machine: EndingMachine = {
    platform,
    systemRoot: 'D:\\Win',
    spawn: ((...of: unknown[]) => {
      spawned.push(of);
      const child = new EventEmitter();
      if (fails) queueMicrotask(() => child.emit('error', new Error('ENOENT')));
      return child;
    }) as typeof spawn,
    kill(...of) {
      killed.push(of);
      if (fails) throw new Error('EPERM');
    },
  };
  return { machine, spawned, killed };
}

function child(state: object = {}): { readonly process: ChildProcess; readonly signals: unknown[] } {
  const signals: unknown[] = [];
  const kill = (signal: unknown) => signals.push(signal);
  const process = { pid: 4711, exitCode: null, signalCode: null, kill, ...state };
  return { process: process as unknown as ChildProcess, signals };
}

describe('ending a process with its children', () => {
  test('on Windows by its id, and without a window of its own', async () => {
    assert.deepEqual(ownGroup('win32'), { detached: false });
    const { machine, spawned, killed } = recording('win32');
    const { process, signals } = child();
    endTree(process, machine);
    assert.deepEqual(spawned, [
      [
        'D:\\Win\\System32\\taskkill.exe',
        ['/T', '/F', '/PID', '4711'],
        { stdio: 'ignore', windowsHide: true },
      ],
    ]);
    assert.deepEqual([killed, signals], [[], []]);
  });

  test('elsewhere by its group', () => {
    for (const platform of ['linux', 'darwin'] as const) {
      assert.deepEqual(ownGroup(platform), { detached: true });
      const { machine, spawned, killed } = recording(platform);
      endTree(child().process, machine);
      assert.deepEqual([spawned, killed], [[], [[-4711, 'SIGKILL']]]);
    }
  });

  test('the process alone where that fails', async () => {
    for (const platform of ['win32', 'linux'] as const) {
      const { process, signals } = child();
      endTree(process, recording(platform, true).machine);
      await Promise.resolve();
      assert.deepEqual(signals, ['SIGKILL'], platform);
    }
  });

  test('nothing after it has ended or if it never began, because its id may be another’s', async () => {
    const { machine, spawned, killed } = recording('linux');
    for (const state of [{ exitCode: 0 }, { signalCode: 'SIGTERM' }, { pid: undefined }])
      endTree(child(state).process, machine);
    const real = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(real, 'exit');
    endTree(real, machine);
    assert.deepEqual([spawned, killed], [[], []]);
  });
});
