/**
 * Content on its way into the store: `ingest/<alg>-<hex>/{data,state.json,progress.json,lock}`. Its parts may come
 * in any order. What is recorded as written counts when another process goes on (ingestState.ts); the digest is
 * made while the bytes arrive, and decides in the end.
 */
import { constants, writeSync } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelError, systemErrorCode, throwIfCancelled } from '../base/error.ts';
import { formatByteProgress } from '../base/format.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { parseDigest, shortDigest } from '../oci/digest.ts';
import { type ByteRange, ByteRanges } from './byteRanges.ts';
import { type ContentHasher, FileHasher, type HasherFactory } from './contentHasher.ts';
import { fileError, guarded, ifPresent, renameFile, syncDirectory } from './files.ts';
import { IngestRecorder, readIngestRecord } from './ingestState.ts';
import type { Layout } from './layout.ts';
import { FileLock } from './lock.ts';

/** Takes one blob in. {@link close} is always the last call. */
export interface Ingest {
  /** Whether the blob is in the store: then nothing is missing, and there is nothing to write. */
  readonly stored: boolean;
  /** Bytes that are there. */
  readonly doneBytes: number;
  /** What is still to come, in its order. */
  missing(): ByteRange[];
  /**
   * Writes bytes at `position`, at once: the piece may be used again when this returns, and a slow disk holds the
   * network back. The system's cache takes a megabyte in less than a millisecond.
   * @throws ModelError `size-mismatch` past the descriptor's size, `disk-full`, `store-error`, `store-busy`
   * where another process took over.
   */
  write(piece: Uint8Array, position: number): void;
  /** Throws away what is there. */
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
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** For whom the content is, in the canonical form of a reference: partial downloads are shown with it. */
  readonly reference?: string | undefined;
  /** How the content is hashed; in this thread where absent. */
  readonly hasher?: HasherFactory | undefined;
}

/** Bytes, and milliseconds, between a write and its record: a killed process loses no more than that. */
const RECORD_BYTES = 512 * 1024;
const RECORD_MS = 40;
/** Bytes, and milliseconds, after which what was written is brought to the disk: there is less to do at the end. */
const SYNC_BYTES = 64 * 1024 * 1024;
const SYNC_MS = 5_000;

/** The ingest of one blob in a folder of this store. */
export class BlobIngest implements Ingest {
  readonly #descriptor: Descriptor;
  readonly #folder: string;
  readonly #blob: string;
  readonly #lock: FileLock;
  readonly #now: () => number;
  readonly #makeHasher: HasherFactory;
  readonly #recorder: IngestRecorder;
  readonly #written = new ByteRanges();
  #handle: FileHandle | undefined;
  #hasher: ContentHasher | undefined;
  #stored = false;
  #closed = false;
  /** Set by the first write that failed. */
  #failure: ModelError | undefined;
  #recordTimer: NodeJS.Timeout | undefined;
  #unrecordedBytes = 0;
  #syncing: Promise<void> = Promise.resolve();
  #isSyncing = false;
  #unsyncedBytes = 0;
  #syncedAt: number;

  private constructor(descriptor: Descriptor, layout: Layout, lock: FileLock, options: IngestOptions) {
    const { digest, size } = descriptor;
    this.#descriptor = descriptor;
    this.#folder = layout.ingest(digest);
    this.#blob = layout.blob(digest);
    this.#lock = lock;
    this.#now = options.now ?? Date.now;
    this.#makeHasher = options.hasher ?? ((path, digest) => new FileHasher(path, digest));
    this.#recorder = new IngestRecorder(this.#folder, { digest, size, reference: options.reference });
    this.#syncedAt = this.#now();
  }

  /**
   * Takes the lock of the digest and looks at what an earlier try left. Where the blob is in the store already,
   * nothing is missing and `commit` has nothing to do.
   * @throws ModelError `store-busy` when another live process has it, `cancelled`, `disk-full`, `store-error`.
   */
  static async open(descriptor: Descriptor, layout: Layout, options: IngestOptions): Promise<BlobIngest> {
    const lock = await lockIngest(descriptor, layout, options);
    const ingest = new BlobIngest(descriptor, layout, lock, options);
    try {
      throwIfCancelled(options.signal);
      ingest.#stored = await ingest.#isStored();
      if (!ingest.#stored) await ingest.#resume();
      return ingest;
    } catch (error) {
      await ingest.close();
      throw error;
    }
  }

  get stored(): boolean {
    return this.#stored;
  }

  get doneBytes(): number {
    return this.#stored ? this.#descriptor.size : this.#written.bytes;
  }

  missing(): ByteRange[] {
    return this.#stored ? [] : this.#written.missing(this.#descriptor.size);
  }

  write(piece: Uint8Array, position: number): void {
    if (this.#failure !== undefined) throw this.#failure;
    const handle = this.#openHandle();
    if (this.#lock.lost) throw this.#lock.lostError();
    const end = position + piece.length;
    if (end > this.#descriptor.size) throw this.#tooLong();
    try {
      writeAllSync(handle.fd, piece, position);
    } catch (error) {
      this.#failure = fileError(error, 'written', this.#data);
      throw this.#failure;
    }
    this.#written.add({ start: position, end });
    this.#hasher?.advance(this.#written.front);
    this.#unrecordedBytes += piece.length;
    if (this.#unrecordedBytes >= RECORD_BYTES) this.#record();
    else this.#recordTimer ??= setTimeout(() => this.#record(), RECORD_MS);
    this.#unsyncedBytes += piece.length;
    this.#syncWhereDue(handle);
  }

  async restart(): Promise<void> {
    await this.#lock.assertHeld();
    this.#stored = false;
    this.#failure = undefined;
    await this.#settle();
    this.#handle ??= await this.#openData();
    await this.#clear(this.#handle);
  }

  async commit(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#stored) {
      const handle = this.#openHandle();
      if (this.#written.front !== this.#descriptor.size) throw this.#tooShort();
      await this.#settle();
      await this.#lock.assertHeld();
      // The last bytes are hashed while the disk takes them.
      const synced = guarded('written', this.#data, () => handle.sync());
      synced.catch(() => {});
      await this.#verify(handle);
      await synced;
      await this.#publish();
    }
    await this.#removeFolder();
  }

  async discard(): Promise<void> {
    if (this.#closed) return;
    this.#written.clear();
    await this.#removeFolder();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#settle();
    await this.#closeFiles();
    await guarded('removed', this.#lock.path, () => this.#lock.release());
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  get #name(): string {
    return shortDigest(this.#descriptor.digest);
  }

  async #isStored(): Promise<boolean> {
    const status = await guarded('read', this.#blob, () => ifPresent(stat(this.#blob)));
    return status?.isFile() === true && status.size === this.#descriptor.size;
  }

  async #openData(): Promise<FileHandle> {
    return guarded('opened', this.#data, () => open(this.#data, constants.O_RDWR | constants.O_CREAT, 0o644));
  }

  #openHandle(): FileHandle {
    if (this.#handle !== undefined && !this.#closed) return this.#handle;
    throw new ModelError('store-error', `The download of ${this.#name} is closed; start it again.`);
  }

  async #resume(): Promise<void> {
    const record = await readIngestRecord(this.#folder);
    const handle = await this.#openData();
    this.#handle = handle;
    const { size } = await guarded('read', this.#data, () => handle.stat());
    // Bytes that nobody has recorded, or of something else, are worth nothing.
    if (record === undefined || record.size !== this.#descriptor.size || size > record.size) {
      await this.#clear(handle);
      return;
    }
    for (const { start, end } of record.written.ranges)
      this.#written.add({ start, end: Math.min(end, size) });
    this.#hasher = this.#makeHasher(this.#data, this.#descriptor.digest);
    this.#hasher.advance(this.#written.front);
  }

  /** Begins at 0, with a record that says so before the first byte comes. */
  async #clear(handle: FileHandle): Promise<void> {
    await this.#hasher?.close();
    this.#written.clear();
    this.#unsyncedBytes = 0;
    await this.#recorder.begin(this.#now());
    await guarded('written', this.#data, async () => {
      if ((await handle.stat()).size > 0) await handle.truncate(0);
    });
    this.#hasher = this.#makeHasher(this.#data, this.#descriptor.digest);
  }

  #record(): void {
    clearTimeout(this.#recordTimer);
    this.#recordTimer = undefined;
    this.#unrecordedBytes = 0;
    if (this.#lock.lost) return;
    try {
      this.#recorder.recordWritten(this.#written, this.#now());
    } catch {
      // One that fails is made up by the next one; on a full disk the last one counts.
    }
  }

  #syncWhereDue(handle: FileHandle): void {
    const isDue = this.#unsyncedBytes >= SYNC_BYTES || this.#now() - this.#syncedAt >= SYNC_MS;
    if (this.#isSyncing || !isDue) return;
    this.#isSyncing = true;
    this.#unsyncedBytes = 0;
    this.#syncedAt = this.#now();
    this.#syncing = this.#sync(handle, [...this.#written.ranges]).finally(() => {
      this.#isSyncing = false;
    });
  }

  /** @param written what is surely on the disk afterwards. */
  async #sync(handle: FileHandle, written: readonly ByteRange[]): Promise<void> {
    try {
      await handle.datasync();
      await this.#recorder.recordDurable(written, this.#now());
    } catch (error) {
      this.#failure ??= fileError(error, 'written', this.#data);
    }
  }

  /** Records what is not recorded yet, and waits until nothing runs beside. */
  async #settle(): Promise<void> {
    if (this.#recordTimer !== undefined) this.#record();
    await this.#syncing;
  }

  async #verify(handle: FileHandle): Promise<void> {
    const expected = parseDigest(this.#descriptor.digest);
    const actual = await guarded('read', this.#data, async () => this.#hasher?.digest());
    if (actual === expected.hex) return;
    // Nobody can say which of the bytes are wrong, and to go on from them would fail again.
    await this.#clear(handle);
    const message = `What arrived for ${this.#name} is not what the manifest promises (it has the digest ${shortDigest(`${expected.algorithm}:${actual}`)}), so it was thrown away. Pull again; if it happens again, tell the publisher.`;
    throw new ModelError('digest-mismatch', message, { retryable: true });
  }

  async #publish(): Promise<void> {
    const folder = dirname(this.#blob);
    await guarded('written', this.#blob, async () => {
      await mkdir(folder, { recursive: true });
      await this.#closeFiles();
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
    await this.#settle();
    await this.#closeFiles();
    await guarded('removed', this.#folder, async () => {
      await rm(this.#data, { force: true });
      await this.#recorder.remove();
      await this.#lock.release();
      try {
        await rmdir(this.#folder);
      } catch (error) {
        // Another process took the lock in the meantime, or the folder is gone: both are fine.
        if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM'].includes(systemErrorCode(error) ?? '')) throw error;
      }
    });
  }

  async #closeFiles(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await this.#hasher?.close();
    await guarded('closed', this.#folder, async () => {
      this.#recorder.close();
      await handle?.close();
    });
  }

  #tooLong(): ModelError {
    const message = `The registry sent more for ${this.#name} than the ${this.#descriptor.size} bytes that the manifest promises. Pull again; if it happens again, tell the publisher.`;
    return new ModelError('size-mismatch', message);
  }

  #tooShort(): ModelError {
    const progress = formatByteProgress(this.doneBytes, this.#descriptor.size);
    const message = `Only ${progress} of ${this.#name} arrived. Pull again to go on from there.`;
    return new ModelError('size-mismatch', message, { retryable: true });
  }
}

/** `write` until all is written: it may write less than it was given. */
export function writeAllSync(fd: number, piece: Uint8Array, position: number): void {
  for (let done = 0; done < piece.length; )
    done += writeSync(fd, piece, done, piece.length - done, position + done);
}

/** Takes the lock of a digest: who has it brings this content in. @throws ModelError as {@link BlobIngest.open}. */
export async function lockIngest(
  descriptor: Descriptor,
  layout: Layout,
  options: IngestOptions,
): Promise<FileLock> {
  const folder = layout.ingest(descriptor.digest);
  const { signal, now } = options;
  const subject = `the download of ${shortDigest(descriptor.digest)}`;
  for (let attempt = 0; ; attempt++) {
    await guarded('created', folder, () => mkdir(folder, { recursive: true }));
    try {
      return await FileLock.acquire(join(folder, 'lock'), { subject, signal, now });
    } catch (error) {
      // The process before this one removes its folder between the two steps above.
      const gone = error instanceof ModelError && systemErrorCode(error.cause) === 'ENOENT';
      if (!gone || attempt === 3) throw error;
    }
  }
}
