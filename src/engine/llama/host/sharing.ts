/** The door of this process for other windows: a socket in a private folder, or a named pipe on Windows. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { systemErrorCode } from '../../../base/error.ts';
import type { Door } from '../calls/share.ts';

const TOKEN_BYTES = 32;
/** Attempts to listen while others remove a socket that was left behind. */
const MAX_ATTEMPTS = 100;
/** Time between attempts, in milliseconds. */
const RETRY_MS = 10;
/** Age of a lock beyond which its holder is gone, in milliseconds. */
const LOCK_MS = 500;

/**
 * Opens the door.
 * @param onClient called with each connection, and the word that it must send first.
 * @returns a function that removes it, or undefined if another process has it.
 * @throws Error of the system.
 */
export async function openDoor(
  { path, tokenPath }: Door,
  onClient: (socket: Socket, token: string) => void,
): Promise<(() => Promise<void>) | undefined> {
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const server = createServer((socket) => onClient(socket, token));
  if (!(await claim(server, path))) return undefined;
  if (process.platform !== 'win32') await chmod(path, 0o600);
  const partial = `${tokenPath}.${process.pid}`;
  await writeFile(partial, token, { mode: 0o600 });
  await rename(partial, tokenPath);
  return async () => {
    // As long as this process listens, the word is its own and not that of the next one.
    await rm(tokenPath, { force: true });
    server.close();
  };
}

/** Listens, in place of a process that was killed if need be. Returns false if another process has the address. */
async function claim(server: Server, path: string): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (await listen(server, path)) return true;
    if ((await stateOf(path)) === 'answered') return false;
    if (!(await removeStale(path))) await delay(RETRY_MS);
  }
  return false;
}

/**
 * Removes the socket of a process that was killed. Several processes may find it at the same moment; only one at a time
 * looks and removes, so that none removes the socket that another one has just made.
 * @returns false if another process is at it.
 */
async function removeStale(path: string): Promise<boolean> {
  const lock = `${path}.stale`;
  try {
    await mkdir(lock);
  } catch {
    // Of a process that was killed meanwhile.
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > LOCK_MS) await rmdir(lock).catch(() => {});
    return false;
  }
  try {
    if ((await stateOf(path)) === 'stale') await rm(path, { force: true });
  } finally {
    await rmdir(lock).catch(() => {});
  }
  return true;
}

/** Returns false if the address is in use. */
function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      if (systemErrorCode(error) === 'EADDRINUSE') resolve(false);
      else reject(error);
    };
    server.once('error', onError);
    server.listen(path, () => {
      server.off('error', onError);
      // A connection that fails is no reason to end.
      server.on('error', () => {});
      resolve(true);
    });
  });
}

/** Tells if a process listens there, or left its socket behind. */
function stateOf(path: string): Promise<'answered' | 'stale' | 'absent'> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve('answered');
    });
    socket.once('error', (error) => {
      const code = systemErrorCode(error);
      // Too many are waiting to be accepted.
      if (code === 'EAGAIN') resolve('answered');
      else resolve(code === 'ENOENT' ? 'absent' : 'stale');
    });
  });
}
