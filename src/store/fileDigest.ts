/** The digest of a whole file. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { throwIfCancelled } from '../base/error.ts';
import type { DigestAlgorithm } from '../oci/digest.ts';

export interface FileDigestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of the file that are hashed so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Reads a file and gives its digest, such as `sha256:…`. May do so in another thread. */
export type FileDigest = (
  path: string,
  algorithm: DigestAlgorithm,
  options: FileDigestOptions,
) => Promise<string>;

/** Bytes of one read: hashing them takes less than a millisecond, so that other work in this thread goes on. */
const READ_BYTES = 1024 * 1024;

/**
 * Hashes a file in this thread.
 * @throws ModelError `cancelled`; the file system's error, as it came.
 */
export const fileDigest: FileDigest = async (path, algorithm, { signal, onProgress }) => {
  const handle = await open(path, 'r');
  try {
    const hash = createHash(algorithm);
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (let position = 0; ; ) {
      throwIfCancelled(signal);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return `${algorithm}:${hash.digest('hex')}`;
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
      onProgress?.(position);
    }
  } finally {
    await handle.close();
  }
};
