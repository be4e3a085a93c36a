/**
 * Content on its way into the store: `ingest/<alg>-<hex>/{data,state.json,lock}`.
 *
 * What is in `data` counts. A killed process leaves all it wrote (the system writes its cache out), so the
 * size of the file is where to go on; only a power failure can leave less, or zeros at the end, and then the
 * digest tells and the download starts again. A running hash cannot be saved in Node, so opening reads what
 * is there once more. `state.json` is for people and other processes who want to know how far it is.
 */
import type { Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelError, systemErrorCode, throwIfCancelled } from '../base/error.ts';
import { formatByteProgress } from '../base/format.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestHash, parseDigest, shortDigest } from '../oci/digest.ts';
import { fileError, guarded, ifPresent, renameFile, syncDirectory } from './files.ts';
import type { Layout } from './layout.ts';
import { FileLock } from './lock.ts';

/** Takes one blob in. Calls are made one after the other; {@link close} is always the last. */
export interface Ingest {
  /** Bytes that are there. They count from 0 without a gap. */
  readonly offset: number;
  /**
   * Appends bytes and hashes them.
   * @throws ModelError `size-mismatch` past the descriptor's size, `disk-full`, `store-error`, `store-busy`
   * where another process took over.
   */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** fsync, and records how far it is. */
  sync(): Promise<void>;
  /** Throws away what is there and begins at 0. */
  restart(): Promise<void>;
  /**
   * Verifies the content and gives it its name in the store. Content with a wrong digest is thrown away.
   * @throws ModelError `size-mismatch`, `digest-mismatch`, `disk-full`, `store-error`, `store-busy`.
   */
  commit(): Promise<void>;
  /** Throws the bytes away and gives the lock back. Does nothing after {@link commit} or {@link close}. */
  discard(): Promise<void>;
  /** Keeps the bytes and gives the lock back. May be called at any time and twice. */
  close(): Promise<void>;
}

export interface IngestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly now?: (() => number) | undefined;
}

/** Bytes of one read when the beginning is hashed again. */
const READ_BYTES = 1024 * 1024;

/** The ingest of one blob in a folder of this store. */
export class BlobIngest implements Ingest {
  readonly #descriptor: Descriptor;
  readonly #folder: string;
  readonly #blob: string;
  readonly #lock: FileLock;
  readonly #now: () => number;
  #handle: FileHandle | undefined;
  /** Whether the blob was in the store when this was opened: then nothing is on its way. */
  #stored = false;
  #closed = false;
  #hash: Hash;
  #offset = 0;
  /** Set by the first write that failed: the hash and the file may differ since then. */
  #failure: ModelError | undefined;

  private constructor(descriptor: Descriptor, layout: Layout, lock: FileLock, options: IngestOptions) {
    this.#descriptor = descriptor;
    this.#folder = layout.ingest(descriptor.digest);
    this.#blob = layout.blob(descriptor.digest);
    this.#lock = lock;
    this.#now = options.now ?? Date.now;
    this.#hash = digestHash(descriptor.digest);
  }

  /**
   * Takes the lock of the digest and hashes what an earlier try left. Where the blob is in the store
   * already, the offset is its size and `commit` has nothing to do.
   * @throws ModelError `store-busy` when another live process has it, `cancelled`, `disk-full`, `store-error`.
   */
  static async open(descriptor: Descriptor, layout: Layout, options: IngestOptions): Promise<BlobIngest> {
    const lock = await lockIngest(descriptor, layout, options);
    const ingest = new BlobIngest(descriptor, layout, lock, options);
    try {
      if (await ingest.#isStored()) {
        ingest.#stored = true;
        ingest.#offset = descriptor.size;
      } else {
        await ingest.#resume(options.signal);
      }
      return ingest;
    } catch (error) {
      await ingest.close();
      throw error;
    }
  }

  get offset(): number {
    return this.#offset;
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#lock.lost) await this.#lock.assertHeld();
    const handle = this.#openHandle();
    const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (this.#offset + total > this.#descriptor.size) throw this.#tooLong();
    const written = writeAll(handle, chunks, this.#offset);
    // Hashing runs here while the system's threads write.
    for (const chunk of chunks) this.#hash.update(chunk);
    try {
      await written;
    } catch (error) {
      this.#failure = fileError(error, 'written', this.#data);
      throw this.#failure;
    }
    this.#offset += total;
  }

  async sync(): Promise<void> {
    if (this.#handle === undefined) return;
    const handle = this.#handle;
    await guarded('written', this.#data, () => handle.sync());
    await this.#recordState();
  }

  async restart(): Promise<void> {
    await this.#lock.assertHeld();
    this.#stored = false;
    this.#handle ??= await this.#openData();
    await this.#truncate(this.#handle);
    await this.#recordState();
  }

  async commit(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#stored) {
      const handle = this.#openHandle();
      if (this.#offset !== this.#descriptor.size) throw this.#tooShort();
      await this.#lock.assertHeld();
      await this.#verify(handle);
      await this.#publish(handle);
    }
    await this.#removeFolder();
  }

  async discard(): Promise<void> {
    if (this.#closed) return;
    this.#offset = 0;
    await this.#removeFolder();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#closeHandle();
    await guarded('removed', this.#lock.path, () => this.#lock.release());
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  async #isStored(): Promise<boolean> {
    const status = await guarded('read', this.#blob, () => ifPresent(stat(this.#blob)));
    return status?.isFile() === true && status.size === this.#descriptor.size;
  }

  async #openData(): Promise<FileHandle> {
    return guarded('opened', this.#data, () => open(this.#data, constants.O_RDWR | constants.O_CREAT, 0o644));
  }

  #openHandle(): FileHandle {
    if (this.#handle !== undefined) return this.#handle;
    throw new ModelError('store-error', `The download of ${this.#name} is closed; start it again.`);
  }

  get #name(): string {
    return shortDigest(this.#descriptor.digest);
  }

  async #resume(signal: AbortSignal | undefined): Promise<void> {
    const handle = await this.#openData();
    this.#handle = handle;
    const { size } = await guarded('read', this.#data, () => handle.stat());
    // More than there should be: not the bytes that are wanted.
    if (size > this.#descriptor.size) return this.#truncate(handle);
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(size, 1)));
    while (this.#offset < size) {
      throwIfCancelled(signal);
      const { bytesRead } = await guarded('read', this.#data, () =>
        handle.read(buffer, 0, Math.min(buffer.length, size - this.#offset), this.#offset),
      );
      if (bytesRead === 0) break;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#offset += bytesRead;
    }
  }

  async #truncate(handle: FileHandle): Promise<void> {
    await guarded('written', this.#data, () => handle.truncate(0));
    this.#hash = digestHash(this.#descriptor.digest);
    this.#offset = 0;
    this.#failure = undefined;
  }

  async #verify(handle: FileHandle): Promise<void> {
    const expected = parseDigest(this.#descriptor.digest).hex;
    const actual = this.#hash.copy().digest('hex');
    if (actual === expected) return;
    // Nobody can say which of the bytes are wrong, and to go on from them would fail again.
    await this.#truncate(handle);
    const message = `What arrived for ${this.#name} is not what the manifest promises (it has the digest ${shortDigest(`sha256:${actual}`)}), so it was thrown away. Pull again; if it happens again, tell the publisher.`;
    throw new ModelError('digest-mismatch', message, { retryable: true });
  }

  async #publish(handle: FileHandle): Promise<void> {
    const folder = dirname(this.#blob);
    await guarded('written', this.#blob, async () => {
      await mkdir(folder, { recursive: true });
      await handle.sync();
      await this.#closeHandle();
      // The links in models/ are the same file: a tool that edits one in place would damage the store. On
      // Windows the attribute would block deletion.
      if (process.platform !== 'win32') await chmod(this.#data, 0o444);
      await renameFile(this.#data, this.#blob);
      await syncDirectory(folder);
    });
  }

  /** Removes what is left of the ingest, gives the lock back and removes the folder. */
  async #removeFolder(): Promise<void> {
    this.#closed = true;
    await this.#closeHandle();
    await guarded('removed', this.#folder, async () => {
      await rm(this.#data, { force: true });
      await rm(join(this.#folder, 'state.json'), { force: true });
      await this.#lock.release();
      try {
        await rmdir(this.#folder);
      } catch (error) {
        // Another process took the lock in the meantime, or the folder is gone: both are fine.
        if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM'].includes(systemErrorCode(error) ?? '')) throw error;
      }
    });
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle !== undefined) await guarded('closed', this.#data, () => handle.close());
  }

  async #recordState(): Promise<void> {
    const { digest, size, mediaType } = this.#descriptor;
    const updatedAt = new Date(this.#now()).toISOString();
    const state = { digest, size, mediaType, durableBytes: this.#offset, updatedAt };
    const path = join(this.#folder, 'state.json');
    await guarded('written', path, () => writeFile(path, `${JSON.stringify(state)}\n`));
  }

  #tooLong(): ModelError {
    const message = `The registry sent more for ${this.#name} than the ${this.#descriptor.size} bytes that the manifest promises. Pull again; if it happens again, tell the publisher.`;
    return new ModelError('size-mismatch', message);
  }

  #tooShort(): ModelError {
    const progress = formatByteProgress(this.#offset, this.#descriptor.size);
    const message = `Only ${progress} of ${this.#name} arrived. Pull again to go on from there.`;
    return new ModelError('size-mismatch', message, { retryable: true });
  }
}

async function lockIngest(descriptor: Descriptor, layout: Layout, options: IngestOptions): Promise<FileLock> {
  const folder = layout.ingest(descriptor.digest);
  const subject = `the download of ${shortDigest(descriptor.digest)}`;
  for (let attempt = 0; ; attempt++) {
    await guarded('created', folder, () => mkdir(folder, { recursive: true }));
    try {
      return await FileLock.acquire(join(folder, 'lock'), { subject, ...options });
    } catch (error) {
      // The process before this one removes its folder between the two steps above.
      const gone = error instanceof ModelError && systemErrorCode(error.cause) === 'ENOENT';
      if (!gone || attempt === 3) throw error;
    }
  }
}

/** `writev` until all is written: it may write less than it was given. */
async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[], start: number): Promise<void> {
  let rest = chunks.filter((chunk) => chunk.length > 0);
  let position = start;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, position);
    position += bytesWritten;
    let skip = bytesWritten;
    while (rest[0] !== undefined && skip >= rest[0].length) {
      skip -= rest[0].length;
      rest = rest.slice(1);
    }
    if (rest[0] !== undefined && skip > 0) rest = [rest[0].subarray(skip), ...rest.slice(1)];
  }
}
