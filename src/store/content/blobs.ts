/** Reads, writes and checks verified content by digest: `blobs/<alg>/<hex>`. */
import type { BigIntStats } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isModelError, ModelError, systemErrorCode } from '../../base/error.ts';
import { formatBytes } from '../../base/format.ts';
import { t } from '../../base/l10n.ts';
import { type Log, silentLog } from '../../base/log.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { digestOf, parseDigest, shortDigest } from '../../oci/spec/digest.ts';
import { foldersIn, guarded, namesIn, syncFile } from '../disk/files.ts';
import { type HashFile, hashFile } from '../disk/hashFile.ts';
import type { Layout } from '../disk/layout.ts';
import { fileStatus, isInOwnFolder, openRegular } from '../disk/ownFiles.ts';
import { BLOB_MODE, publishBlob, removeBlob } from './publish.ts';
import { isVerifiedFile, recordFound, stampOf } from './records.ts';

/** Attempts to hash a file that other processes keep replacing. */
const MAX_ATTEMPTS = 3;
const MEGABYTE = 1024 * 1024;

/** Lists the digests of all content, whoever put it there, without checking it. @throws ModelError `store-error`. */
export async function blobDigests({ blobs }: Layout): Promise<Set<string>> {
  const digests = new Set<string>();
  for (const algorithm of await foldersIn(blobs)) {
    for (const hex of await namesIn(join(blobs, algorithm))) digests.add(`${algorithm}:${hex}`);
  }
  return digests;
}

/** The blobs of one store: reads and writes small ones, and checks large ones. */
export class Blobs {
  readonly #layout: Layout;
  readonly #hashFile: HashFile;
  readonly #log: Log;
  /** Stamps of files with a wrong digest, by the digest that they should have, so that they are not hashed again. */
  readonly #wrong = new Map<string, string>();

  /** @param hash hashes files without a record. Defaults to hashing in this thread. */
  constructor(layout: Layout, hash: HashFile = hashFile, log: Log = silentLog) {
    this.#layout = layout;
    this.#hashFile = hash;
    this.#log = log;
  }

  /** Returns the size of a blob on disk, verified or not, or undefined if it is missing. */
  async size(digest: string): Promise<number | undefined> {
    const status = await fileStatus(this.#layout.blob(digest));
    return status === undefined ? undefined : Number(status.size);
  }

  /**
   * Tells whether the content is present, in a file that is unchanged since it was verified. A file that was never
   * verified, or was changed or replaced since, is hashed.
   */
  async has({ digest, size }: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const path = this.#layout.blob(digest);
    const [status, isInside] = await Promise.all([fileStatus(path), isInOwnFolder(this.#layout.root, path)]);
    if (status?.size !== BigInt(size) || !isInside) return false;
    if (await isVerifiedFile(this.#layout, digest, status)) return true;
    return this.#hash(digest, status, signal);
  }

  /** Hashes the file, and records it if it has the digest. @returns true if it has. */
  async #hash(digest: string, status: BigIntStats, signal: AbortSignal | undefined): Promise<boolean> {
    const path = this.#layout.blob(digest);
    let stamp = JSON.stringify(stampOf(status));
    // Another process may just be replacing the file with the same content.
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (this.#wrong.get(digest) === stamp) return false;
      const found = await this.#timedHash(path, digest, signal);
      const after = await fileStatus(path);
      if (after === undefined) return false;
      const isSteady = found?.ino === after.ino && JSON.stringify(stampOf(after)) === stamp;
      if (isSteady && found.digest === digest) {
        await recordFound(this.#layout, digest, after).catch(ignoreReadOnly);
        return true;
      }
      if (isSteady) this.#wrong.set(digest, stamp);
      stamp = JSON.stringify(stampOf(after));
    }
    return false;
  }

  /** Logs the time, because this may read a whole model although nobody asked for it. */
  async #timedHash(path: string, digest: string, signal: AbortSignal | undefined) {
    const started = performance.now();
    const found = await this.#hashFile(path, digest, { signal });
    if (found === undefined) return undefined;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const message = `${path} was read, because it is not the file that was verified before (${formatBytes(found.size)} in ${seconds} s).`;
    if (found.size >= MEGABYTE) this.#log.info(message);
    else this.#log.debug(message);
    return found;
  }

  /** Tells whether the content is present as it was verified. Reads none of it, so it suits holders of the store's lock. */
  async isVerified({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<boolean> {
    const status = await fileStatus(this.#layout.blob(digest));
    if (status?.size !== BigInt(size)) return false;
    return isVerifiedFile(this.#layout, digest, status);
  }

  async read(descriptor: Descriptor, maxBytes: number): Promise<Buffer> {
    const name = shortDigest(descriptor.digest);
    if (descriptor.size > maxBytes) {
      const message = t(
        'A small file of the model ({0}) has {1}, which is more than the limit of {2}. Check that the reference names a model.',
        name,
        formatBytes(descriptor.size),
        formatBytes(maxBytes),
      );
      throw new ModelError('size-mismatch', message);
    }
    const bytes = await this.#bytes(descriptor);
    if (bytes.length === descriptor.size && digestMatches(bytes, descriptor.digest)) return bytes;
    const message = t(
      'A file of the model ({0}) is damaged on this disk. Remove the model and pull it again.',
      name,
    );
    throw new ModelError('digest-mismatch', message);
  }

  async write(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    const name = shortDigest(descriptor.digest);
    if (bytes.length !== descriptor.size) {
      const message = t(
        'A file of the model ({0}) has {1} bytes instead of {2}. Pull the model again; if it happens again, tell its publisher.',
        name,
        bytes.length,
        descriptor.size,
      );
      throw new ModelError('size-mismatch', message);
    }
    if (!digestMatches(bytes, descriptor.digest)) {
      const message = t(
        'A file of the model ({0}) failed verification. Pull the model again; if it happens again, tell its publisher.',
        name,
      );
      throw new ModelError('digest-mismatch', message);
    }
    if (await this.has(descriptor)) return;
    const temporary = this.#layout.temporary();
    await guarded('written', this.#layout.blob(descriptor.digest), async () => {
      try {
        // Read-only, like every blob.
        const handle = await open(temporary, 'wx', BLOB_MODE);
        try {
          await handle.writeFile(bytes);
          await syncFile(handle, temporary);
        } finally {
          await handle.close();
        }
        await publishBlob(this.#layout, this, temporary, descriptor.digest);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    });
  }

  async remove(digest: string): Promise<void> {
    await removeBlob(this.#layout, digest);
  }

  /** Reads all bytes of a blob, but at most one more than the descriptor's size. */
  async #bytes(descriptor: Descriptor): Promise<Buffer> {
    const path = this.#layout.blob(descriptor.digest);
    const handle = await guarded('read', path, () => openRegular(path));
    if (handle === undefined) {
      const name = shortDigest(descriptor.digest);
      const message = t('A file of the model ({0}) is not in the model store. Pull the model again.', name);
      throw new ModelError('not-found', message);
    }
    try {
      return await guarded('read', path, async () => {
        const buffer = Buffer.alloc(descriptor.size + 1);
        let length = 0;
        while (length < buffer.length) {
          const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
          if (bytesRead === 0) break;
          length += bytesRead;
        }
        return buffer.subarray(0, length);
      });
    } finally {
      await handle.close();
    }
  }
}

function digestMatches(bytes: Uint8Array, digest: string): boolean {
  return digestOf(bytes, parseDigest(digest).algorithm) === digest;
}

/** Ignores that a read-only store cannot record anything; it is verified again the next time. */
function ignoreReadOnly(error: unknown): void {
  const code = isModelError(error) ? systemErrorCode(error.cause) : undefined;
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(code ?? '')) throw error;
}
