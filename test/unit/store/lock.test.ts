import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isModelError } from '../../../src/base/error.ts';
import { FileLock } from '../../../src/store/disk/lock.ts';
import { until } from '../../support/until.ts';
import { temporaryFolder } from './support.ts';

const SUBJECT = { subject: { kind: 'store', folder: 'the test' } } as const;

function busy(error: unknown): boolean {
  return isModelError(error, 'store-busy') && error.retryable;
}

/** A process id that nobody has: ids end far below this on every system. */
const NOBODY = 2 ** 30;

async function writeOwner(path: string, owner: object): Promise<void> {
  await writeFile(path, JSON.stringify({ host: hostname(), processStartedAt: 0, id: 'theirs', ...owner }));
}

describe('a lock', () => {
  test('has one holder, and another one after it', async (t) => {
    const path = join(await temporaryFolder(t), 'lock');
    const first = await FileLock.acquire(path, SUBJECT);
    await first.assertHeld();
    await assert.rejects(FileLock.acquire(path, SUBJECT), busy);
    await first.release();
    await first.release();
    const second = await FileLock.acquire(path, SUBJECT);
    await second.release();
    await assert.rejects(stat(path));
  });

  test('is removed as soon as the disk allows it, so that it keeps nobody out', async (t) => {
    const folder = await temporaryFolder(t);
    const [disk, away] = [join(folder, 'disk'), join(folder, 'away')];
    await mkdir(disk);
    const path = join(disk, 'lock');
    const lock = await FileLock.acquire(path, SUBJECT);
    // Nothing can be read there now: a drive that does not respond.
    await rename(disk, away);
    await writeFile(disk, '');
    await lock.release();
    assert.equal(await lock.isHeld(), false);
    await delay(30);
    await rm(disk);
    await rename(away, disk);
    await until(async () => (await readdir(disk)).length === 0);
    // A lock that somebody else has by then stays.
    const second = await FileLock.acquire(path, SUBJECT);
    await rename(disk, away);
    await writeFile(disk, '');
    await second.release();
    await writeOwner(join(away, 'lock'), { pid: process.pid });
    await rm(disk);
    await rename(away, disk);
    await delay(100);
    assert.match(await readFile(path, 'utf8'), /theirs/);
  });

  test('is waited for, and waiting can be cancelled', async (t) => {
    const path = join(await temporaryFolder(t), 'lock');
    const first = await FileLock.acquire(path, SUBJECT);
    const cancelled = FileLock.acquire(path, { ...SUBJECT, waitMs: 60_000, signal: AbortSignal.timeout(30) });
    await assert.rejects(cancelled, (error: unknown) => isModelError(error, 'cancelled'));
    const waiting = FileLock.acquire(path, { ...SUBJECT, waitMs: 60_000 });
    await delay(30);
    await first.release();
    await (await waiting).release();
  });

  test('has exactly one winner among many', async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'lock');
    await writeOwner(path, { pid: NOBODY });
    const tries = await Promise.allSettled(Array.from({ length: 30 }, () => FileLock.acquire(path, SUBJECT)));
    const won = tries.filter((result) => result.status === 'fulfilled').map((result) => result.value);
    const held: FileLock[] = [];
    for (const lock of won) {
      await lock.assertHeld().then(
        () => held.push(lock),
        () => assert.ok(lock.lost),
      );
    }
    assert.equal(held.length, 1);
    await Promise.all(won.map((lock) => lock.release()));
    assert.deepEqual(await readdir(folder), []);
  });

  test('of a dead process is taken over at once', async (t) => {
    const path = join(await temporaryFolder(t), 'lock');
    await writeOwner(path, { pid: NOBODY });
    await (await FileLock.acquire(path, SUBJECT)).release();
  });

  test('of an earlier process with our id, as in a restarted container, is taken over', async (t) => {
    const path = join(await temporaryFolder(t), 'lock');
    await writeOwner(path, { pid: process.pid, processStartedAt: 1 });
    await (await FileLock.acquire(path, SUBJECT)).release();
  });

  test('of another host is taken over only without heartbeat', async (t) => {
    const path = join(await temporaryFolder(t), 'lock');
    await writeOwner(path, { pid: NOBODY, host: 'elsewhere' });
    await assert.rejects(FileLock.acquire(path, SUBJECT), busy);
    const old = Date.now() / 1000 - 11;
    await utimes(path, old, old);
    await (await FileLock.acquire(path, SUBJECT)).release();
  });

  test('of another PID namespace is taken over only without heartbeat, whatever its id says here', {
    skip: process.platform !== 'linux' && 'only Linux has PID namespaces',
  }, async (t) => {
    const path = join(await temporaryFolder(t), 'lock');
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const theirs = { boot, pidNamespace: 'pid:[1]', startTicks: '1' };
    for (const pid of [NOBODY, process.pid, process.ppid]) {
      await writeOwner(path, { pid, ...theirs });
      await assert.rejects(FileLock.acquire(path, { ...SUBJECT, confirmMs: 30 }), busy);
      const old = Date.now() / 1000 - 3600;
      await utimes(path, old, old);
      await (await FileLock.acquire(path, { ...SUBJECT, confirmMs: 30 })).release();
    }
  });

  test('that seems old by a step of the clock is kept while its heartbeat goes on', async (t) => {
    const path = join(await temporaryFolder(t), 'lock');
    await writeOwner(path, { pid: NOBODY, host: 'elsewhere' });
    let beat = 1000;
    await utimes(path, beat, beat);
    const heart = setInterval(() => void utimes(path, ++beat, beat), 5);
    const waiting = FileLock.acquire(path, { ...SUBJECT, confirmMs: 2000, signal: AbortSignal.timeout(300) });
    await assert.rejects(waiting, (error: unknown) => isModelError(error, 'cancelled'));
    clearInterval(heart);
    assert.equal(JSON.parse(await readFile(path, 'utf8')).id, 'theirs');
  });

  test('that is not written yet counts until it is old', async (t) => {
    const path = join(await temporaryFolder(t), 'lock');
    await writeFile(path, '');
    await assert.rejects(FileLock.acquire(path, SUBJECT), busy);
    await utimes(path, 1, 1);
    await (await FileLock.acquire(path, SUBJECT)).release();
  });

  test('keeps its time fresh, and notices when it was taken over', async (t) => {
    const path = join(await temporaryFolder(t), 'lock');
    let now = 1_000_000;
    const options = { ...SUBJECT, now: () => now, heartbeatMs: 10 };
    const first = await FileLock.acquire(path, options);
    assert.equal((await stat(path)).mtimeMs, 1_000_000);
    now = 2_000_000;
    await until(async () => (await stat(path)).mtimeMs === 2_000_000);
    assert.equal((await stat(path)).mtimeMs, 2_000_000);
    assert.equal(first.lost, false);
    await writeOwner(path, { pid: process.pid });
    await until(() => first.lost);
    assert.equal(first.lost, true);
    await assert.rejects(first.assertHeld(), (error: unknown) => isModelError(error, 'store-busy'));
    await first.release();
    assert.equal(JSON.parse(await readFile(path, 'utf8')).id, 'theirs', 'the new owner keeps its lock');
  });
});
