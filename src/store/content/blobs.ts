/** Verified content by digest: `blobs/<alg>/<hex>`. */
import type { BigIntStats } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { isModelError, ModelError, systemErrorCode } from '../../base/error.ts';
import { formatBytes } from '../../base/format.ts';
import { type Log, silentLog } from '../../base/log.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { digestOf, parseDigest, shortDigest } from '../../oci/spec/digest.ts';
import { guarded, syncFile } from '../disk/files.ts';
import { type HashFile, hashFile } from '../disk/hashFile.ts';
import type { Layout } from '../disk/layout.ts';
import { fileStatus, isInOwnFolder, openRegular } from '../disk/ownFiles.ts';
import { BLOB_MODE, publishBlob, removeBlob } from './publish.ts';
import { isVerifiedFile, recordFound, stampOf } from './records.ts';

/** Times that a file is hashed which others replace meanwhile. */
const MAX_ATTEMPTS = 3;
const MEGABYTE = 1024 * 1024;

/** Reads and writes small blobs, and looks after large ones. */
export class Blobs {
  readonly #layout: Layout;
  readonly #hashFile: HashFile;
  readonly #log: Log;
  /** Files that were found to have another digest, by the one they should have: they are not read again and again. */
  readonly #wrong = new Map<string, string>();

  /** @param hash hashes what has no record. Defaults to this thread. */
  constructor(layout: Layout, hash: HashFile = hashFile, log: Log = silentLog) {
    this.#layout = layout;
    this.#hashFile = hash;
    this.#log = log;
  }

  /** Bytes of a blob on disk, whatever they are; undefined where it is not there. */
  async size(digest: string): Promise<number | undefined> {
    const status = await fileStatus(this.#layout.blob(digest));
    return status === undefined ? undefined : Number(status.size);
  }

  /**
   * Tells whether the content is there: the file as it was when it was verified. A file that nobody verified, or that was
   * changed or replaced since, is hashed.
   */
  async has({ digest, size }: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const path = this.#layout.blob(digest);
    const [status, isInside] = await Promise.all([fileStatus(path), isInOwnFolder(this.#layout.root, path)]);
    if (status?.size !== BigInt(size) || !isInside) return false;
    if (await isVerifiedFile(this.#layout, digest, status)) return true;
    return this.#hash(digest, status, signal);
  }

  /** @returns whether the file has the digest; then that is recorded. */
  async #hash(digest: string, status: BigIntStats, signal: AbortSignal | undefined): Promise<boolean> {
    const path = this.#layout.blob(digest);
    let stamp = JSON.stringify(stampOf(status));
    // Another process may replace the file by the same content at this moment.
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

  /** Whole models may be read here, without anybody having asked for it. */
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

  /** Tells whether the content is there as it was verified. Reads nothing of it, so for who has the store's lock. */
  async isVerified({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<boolean> {
    const status = await fileStatus(this.#layout.blob(digest));
    if (status?.size !== BigInt(size)) return false;
    return isVerifiedFile(this.#layout, digest, status);
  }

  async read(descriptor: Descriptor, maxBytes: number): Promise<Buffer> {
    const name = shortDigest(descriptor.digest);
    if (descriptor.size > maxBytes) {
      const message = `${name} has ${formatBytes(descriptor.size)}, and at most ${formatBytes(maxBytes)} are read. Check that the reference names a model.`;
      throw new ModelError('size-mismatch', message);
    }
    const bytes = await this.#bytes(descriptor);
    if (bytes.length === descriptor.size && digestMatches(bytes, descriptor.digest)) return bytes;
    const message = `${name} is damaged on this disk. Remove the model and pull it again.`;
    throw new ModelError('digest-mismatch', message);
  }

  async write(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    const name = shortDigest(descriptor.digest);
    if (bytes.length !== descriptor.size) {
      const message = `${name} has ${bytes.length} bytes in place of the ${descriptor.size} that are promised. Pull again; if it happens again, tell the publisher.`;
      throw new ModelError('size-mismatch', message);
    }
    if (!digestMatches(bytes, descriptor.digest)) {
      const message = `${name} has another content than its digest promises. Pull again; if it happens again, tell the publisher.`;
      throw new ModelError('digest-mismatch', message);
    }
    if (await this.has(descriptor)) return;
    const temporary = this.#layout.temporary();
    await guarded('written', this.#layout.blob(descriptor.digest), async () => {
      try {
        // Read-only, as every blob.
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

  /** All bytes of a blob, or one more than the descriptor's size where there are more. */
  async #bytes(descriptor: Descriptor): Promise<Buffer> {
    const path = this.#layout.blob(descriptor.digest);
    const handle = await guarded('read', path, () => openRegular(path));
    if (handle === undefined) {
      const message = `${shortDigest(descriptor.digest)} is not in the model store. Pull the model again.`;
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

/** A store that may only be read is verified again the next time. */
function ignoreReadOnly(error: unknown): void {
  const code = isModelError(error) ? systemErrorCode(error.cause) : undefined;
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(code ?? '')) throw error;
}
