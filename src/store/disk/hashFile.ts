/** Hashes a file of any size with little memory. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwIfCancelled } from '../../base/error.ts';
import { digestHash, parseDigest } from '../../oci/spec/digest.ts';
import { guarded, ifPresent } from './files.ts';
import { foreignError, kindOf } from './foreign.ts';

/** Flags that do not wait for the other end of a pipe; Windows has none. */
const NO_WAIT = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Bytes of one read. Hashing them takes about a millisecond, so that nothing else waits longer. */
const READ_BYTES = 2 * 1024 * 1024;

export interface HashOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of each read. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** A file that was read to its end. */
export interface HashedFile {
  /** Digest of the requested algorithm. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Inode of the file that was read, because the path may name another one by now. */
  readonly ino: bigint;
}

/** Hashes a whole file like {@link hashFile}, perhaps in another thread. */
export type HashFile = typeof hashFile;

/**
 * Hashes the file at `path`, and reads the next piece meanwhile.
 * @param like a digest of the wanted algorithm.
 * @returns undefined if there is no file.
 * @throws ModelError `store-error`, `cancelled`.
 */
export async function hashFile(
  path: string,
  like: string,
  { signal, onBytes }: HashOptions = {},
): Promise<HashedFile | undefined> {
  const handle = await guarded('read', path, () => ifPresent(open(path, NO_WAIT)));
  if (handle === undefined) return undefined;
  try {
    const status = await guarded('read', path, () => handle.stat({ bigint: true }));
    if (!status.isFile() && !status.isDirectory()) throw foreignError(path, kindOf(status));
    const { ino } = status;
    const hash = digestHash(like);
    let [buffer, spare] = [Buffer.allocUnsafe(READ_BYTES), Buffer.allocUnsafe(READ_BYTES)];
    const read = (into: Buffer, position: number) =>
      guarded('read', path, async () => (await handle.read(into, 0, READ_BYTES, position)).bytesRead);
    let size = 0;
    for (let count = await read(buffer, 0); count > 0; ) {
      throwIfCancelled(signal);
      size += count;
      const next = read(spare, size);
      // A failure is handled below, after the hash.
      next.catch(() => undefined);
      hash.update(buffer.subarray(0, count));
      onBytes?.(count);
      [buffer, spare] = [spare, buffer];
      count = await next;
      await nextTurn();
    }
    return { digest: `${parseDigest(like).algorithm}:${hash.digest('hex')}`, size, ino };
  } finally {
    await handle.close();
  }
}
