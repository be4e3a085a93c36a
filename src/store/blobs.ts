/** Verified content by digest: `blobs/<alg>/<hex>`. */
import { chmod, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ModelError } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf, parseDigest, shortDigest } from '../oci/digest.ts';
import { guarded, ifPresent, syncDirectory, writeAtomically } from './files.ts';
import type { Layout } from './layout.ts';

/** Reads and writes small blobs, and looks after large ones. */
export class Blobs {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Bytes of a blob on disk; undefined where it is not there. */
  async size(digest: string): Promise<number | undefined> {
    const path = this.#layout.blob(digest);
    const status = await guarded('read', path, () => ifPresent(stat(path)));
    return status?.isFile() === true ? status.size : undefined;
  }

  async has(descriptor: Descriptor): Promise<boolean> {
    return (await this.size(descriptor.digest)) === descriptor.size;
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
    const path = this.#layout.blob(descriptor.digest);
    await guarded('created', dirname(path), () => mkdir(dirname(path), { recursive: true }));
    await writeAtomically(path, bytes, this.#layout.ingests);
    // Read-only, as every blob; on Windows the attribute would block deletion.
    if (process.platform !== 'win32') await guarded('written', path, () => chmod(path, 0o444));
  }

  async remove(digest: string): Promise<void> {
    const path = this.#layout.blob(digest);
    await guarded('removed', path, async () => {
      await rm(path, { force: true });
      await ifPresent(syncDirectory(dirname(path)));
    });
  }

  /** All bytes of a blob, or one more than the descriptor's size where there are more. */
  async #bytes(descriptor: Descriptor): Promise<Buffer> {
    const path = this.#layout.blob(descriptor.digest);
    const handle = await guarded('read', path, () => ifPresent(open(path, 'r')));
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
