/**
 * Reads files of other programs. Whatever has such a name is neither waited for nor read without end: opening a pipe
 * would wait for its writer, and each wait takes one of the few threads that all files of a process share.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Windows has no such flag, and no pipes with names of files. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** Bytes of each read. */
const PIECE = 64 * 1024;

/** The error of a pipe or a socket in the place of a file. */
export class NoFileError extends Error {
  override readonly name = 'NoFileError';
}

/**
 * Opens a file for reading. Devices such as `/dev/null` count as files.
 * @throws NoFileError for a pipe or a socket; the file system's error as it is.
 */
export async function openUnblocked(path: string): Promise<FileHandle> {
  const handle = await open(path, FLAGS);
  try {
    const status = await handle.stat();
    if (!status.isFIFO() && !status.isSocket()) return handle;
    throw new NoFileError(`${path} is a pipe or a socket.`);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Reads a file, even one that grows meanwhile or has no size, such as a device.
 * @returns undefined if it has more than `maxBytes`.
 * @throws as {@link openUnblocked}.
 */
export async function readUnblocked(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const handle = await openUnblocked(path);
  try {
    return await readAtMost(handle, maxBytes);
  } finally {
    await handle.close();
  }
}

/** Reads the rest of an open file. Returns undefined if it has more than `maxBytes`. */
export async function readAtMost(handle: FileHandle, maxBytes: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  const buffer = Buffer.allocUnsafe(PIECE);
  for (let length = 0; length <= maxBytes; ) {
    const { bytesRead } = await handle.read(buffer, 0, PIECE, null);
    if (bytesRead === 0) return Buffer.concat(pieces, length);
    pieces.push(Buffer.from(buffer.subarray(0, bytesRead)));
    length += bytesRead;
  }
  return undefined;
}
