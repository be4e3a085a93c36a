/** The door of a process that was killed is taken by one of those that come next, and by one alone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { openDoor } from '../../../../src/engine/llama/host/sharing.ts';

async function staleDoor(context: TestContext): Promise<{ folder: string; path: string; tokenPath: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-door-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'd.sock');
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  assert.ok(existsSync(path));
  return { folder, path, tokenPath: join(folder, 'd.key') };
}

describe('a socket that was left behind', {
  skip: process.platform === 'win32' ? 'Named pipes of Windows end with their process.' : false,
}, () => {
  test('is taken by one of many at the same moment', { timeout: 60_000 }, async (context) => {
    const door = await staleDoor(context);
    const answered: number[] = [];
    const openings = Array.from({ length: 20 }, async (_, index) => {
      // Each is at another step when the first one listens.
      for (let turn = 0; turn < index; turn++) await new Promise(setImmediate);
      return openDoor(door, (socket) => {
        answered.push(index);
        socket.destroy();
      });
    });
    const closes = await Promise.all(openings);
    const owners = closes.flatMap((close, index) => (close === undefined ? [] : [index]));
    assert.equal(owners.length, 1);
    await new Promise((resolve) => connect(door.path).once('close', resolve).resume());
    assert.deepEqual([...new Set(answered)], owners);
    await Promise.all(closes.map((close) => close?.()));
    assert.deepEqual(await readdir(door.folder), []);
  });

  test('is taken although a process was killed as it removed it', async (context) => {
    const door = await staleDoor(context);
    const lock = `${door.path}.stale`;
    await mkdir(lock);
    await utimes(lock, 1, 1);
    const close = (await openDoor(door, (socket) => socket.destroy())) ?? assert.fail();
    await close();
    assert.deepEqual(await readdir(door.folder), []);
  });
});

test('a process that ends leaves the word of the next one alone', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-door-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const door = { path: join(folder, 'd.sock'), tokenPath: join(folder, 'd.key') };
  const first = (await openDoor(door, (socket) => socket.destroy())) ?? assert.fail();
  const closing = first();
  let second: (() => Promise<void>) | undefined;
  while (second === undefined) second = await openDoor(door, (socket) => socket.destroy());
  await closing;
  assert.notEqual(await readFile(door.tokenPath, 'utf8'), '');
  await second();
});
