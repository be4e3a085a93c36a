/** The door of this process for other windows: a socket in a private folder, or a named pipe on Windows. */
import { randomBytes } from 'node:crypto';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { systemErrorCode } from '../../../base/error.ts';
import type { Door } from '../calls/share.ts';

const TOKEN_BYTES = 32;

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
  if (!(await listen(server, path))) {
    if (await isAnswered(path)) return undefined;
    // Of a process that was killed.
    await rm(path, { force: true });
    if (!(await listen(server, path))) return undefined;
  }
  if (process.platform !== 'win32') await chmod(path, 0o600);
  const partial = `${tokenPath}.${process.pid}`;
  await writeFile(partial, token, { mode: 0o600 });
  await rename(partial, tokenPath);
  return async () => {
    server.close();
    await rm(tokenPath, { force: true });
  };
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

/** Tells if a process listens there. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
