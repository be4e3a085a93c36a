/**
 * Content on its way into the store: `ingest/<alg>-<hex>/{data,state.json,progress.json,lock}`. Its parts may come
 * in any order. What is recorded as written counts when another process goes on (ingestState.ts); the digest is
 * made while the bytes arrive, and decides in the end.
 */
import { join } from 'node:path';
import { ModelError, systemErrorCode, throwIfCancelled } from '../../base/error.ts';
import { formatByteProgress } from '../../base/format.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { parseDigest, shortDigest } from '../../oci/spec/digest.ts';
import { type ByteRange, ByteRanges } from '../disk/byteRanges.ts';
import { FileHasher, type HasherFactory } from '../disk/contentHasher.ts';
import { fileError, guarded, removeIfEmpty } from '../disk/files.ts';
import type { Layout } from '../disk/layout.ts';
import { FileLock } from '../disk/lock.ts';
import { makeFolder } from '../disk/ownFiles.ts';
import type { Blobs } from './blobs.ts';
import type { OnStep } from './heldLock.ts';
import { DataFile, type IngestFiles, type IngestPlace } from './ingestFiles.ts';
import { announceDownload, dropShared, ingestIds, requireOwnIngest } from './ingestFolder.ts';
import { IngestRecorder, readIngestIds, readIngestRecord } from './ingestState.ts';

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
  /** Called before each step that removes or publishes something. */
  readonly onStep?: OnStep | undefined;
}

/** The store that content comes into. */
export interface ContentPlace {
  readonly layout: Layout;
  readonly blobs: Blobs;
}

/** Bytes, and milliseconds, between a write and its record: a killed process loses no more than that. */
const RECORD_BYTES = 512 * 1024;
const RECORD_MS = 40;
/** Bytes, and milliseconds, after which what was written is brought to the disk: there is less to do at the end. */
const SYNC_BYTES = 64 * 1024 * 1024;
const SYNC_MS = 5_000;

/** One content on its way, in a folder of this store. */
export class FileIngest implements Ingest {
  readonly #descriptor: Descriptor;
  readonly #folder: string;
  readonly #lock: FileLock;
  readonly #now: () => number;
  readonly #files: IngestFiles;
  readonly #recorder: IngestRecorder;
  readonly #onStep: OnStep | undefined;
  readonly #written = new ByteRanges();
  #stored = false;
  /** Whether bytes can be written. */
  #isOpen = false;
  #closed = false;
  /** Set by the first write that failed. */
  #failure: ModelError | undefined;
  #recordTimer: NodeJS.Timeout | undefined;
  #unrecordedBytes = 0;
  #syncing: Promise<void> = Promise.resolve();
  #isSyncing = false;
  #unsyncedBytes = 0;
  #syncedAt: number;

  private constructor(
    descriptor: Descriptor,
    folder: string,
    lock: FileLock,
    files: IngestFiles,
    options: IngestOptions,
  ) {
    const { digest, size } = descriptor;
    this.#descriptor = descriptor;
    this.#folder = folder;
    this.#lock = lock;
    this.#now = options.now ?? Date.now;
    this.#files = files;
    const { reference } = options;
    this.#recorder = new IngestRecorder(this.#folder, { digest, size, reference, isStream: false });
    this.#syncedAt = this.#now();
    this.#onStep = options.onStep;
  }

  /**
   * Takes the lock of the digest and looks at what an earlier try left. Where the content is in the store already,
   * nothing is missing and `commit` has nothing to do.
   * @param files where the bytes go: the content itself where absent.
   * @throws ModelError `store-busy` when another live process has it, `cancelled`, `disk-full`, `store-error`.
   */
  static async open(
    descriptor: Descriptor,
    { layout, blobs }: ContentPlace,
    options: IngestOptions,
    files: (place: IngestPlace) => IngestFiles = (place) => new DataFile(place, descriptor),
  ): Promise<FileIngest> {
    const lock = await lockIngest(descriptor, layout, options);
    const folder = layout.ingest(descriptor.digest);
    const hasher = options.hasher ?? ((...of) => new FileHasher(...of));
    const place = { folder, layout, blobs, hasher };
    const ingest = new FileIngest(descriptor, folder, lock, files(place), options);
    try {
      throwIfCancelled(options.signal);
      ingest.#stored = await ingest.#files.isStored(options.signal);
      if (!ingest.#stored) {
        await ingest.#resume();
        await announceDownload(layout);
      }
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
    this.#requireOpen();
    if (this.#lock.lost) throw this.#lock.lostError();
    const end = position + piece.length;
    if (end > this.#descriptor.size) throw this.#tooLong();
    try {
      this.#files.write(piece, position);
    } catch (error) {
      this.#failure = fileError(error, 'written', this.#folder);
      throw this.#failure;
    }
    this.#written.add({ start: position, end });
    this.#files.advance(this.#written.front);
    this.#unrecordedBytes += piece.length;
    if (this.#unrecordedBytes >= RECORD_BYTES) this.#record();
    else this.#recordTimer ??= setTimeout(() => this.#record(), RECORD_MS);
    this.#unsyncedBytes += piece.length;
    this.#syncWhereDue();
  }

  async restart(): Promise<void> {
    await this.#lock.assertHeld();
    this.#stored = false;
    this.#failure = undefined;
    await this.#settle();
    await this.#files.open();
    await this.#clear();
  }

  async commit(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#stored) {
      this.#requireOpen();
      if (this.#written.front !== this.#descriptor.size) throw this.#tooShort();
      await this.#settle();
      await this.#lock.assertHeld();
      // The last bytes are hashed while the disk takes them.
      const synced = this.#files.sync(true);
      synced.catch(() => {});
      await this.#verify();
      await synced;
      await this.#onStep?.('publish');
      await this.#lock.assertHeld();
      await this.#files.publish();
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

  get #name(): string {
    return shortDigest(this.#descriptor.digest);
  }

  #requireOpen(): void {
    if (this.#isOpen && !this.#closed) return;
    throw new ModelError('store-error', `The download of ${this.#name} is closed; start it again.`);
  }

  async #resume(): Promise<void> {
    const record = await readIngestRecord(this.#folder);
    const isRecorded = record?.size === this.#descriptor.size;
    // Before the first file is made: the record says that they are ours.
    if (!isRecorded) await this.#recorder.claim(this.#now());
    await dropShared(this.#folder);
    const before = await readIngestIds(this.#folder);
    const isUsable = await this.#files.open();
    const ids = await ingestIds(this.#folder);
    this.#recorder.ids = ids;
    const isNew = before?.folder === ids.folder && !ids.files.every((id) => before.files.includes(id));
    // Bytes that nobody has recorded, or of something else, are worth nothing.
    if (!isUsable || !isRecorded || isNew) {
      await this.#clear();
      return;
    }
    for (const range of record.written.ranges)
      for (const present of this.#files.present(range)) this.#written.add(present);
    this.#files.hash();
    this.#files.advance(this.#written.front);
    this.#isOpen = true;
  }

  /** Begins at 0, with a record that says so before the first byte comes. */
  async #clear(): Promise<void> {
    this.#written.clear();
    this.#unsyncedBytes = 0;
    await this.#recorder.begin(this.#now());
    await this.#files.clear();
    this.#isOpen = true;
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

  #syncWhereDue(): void {
    const isDue = this.#unsyncedBytes >= SYNC_BYTES || this.#now() - this.#syncedAt >= SYNC_MS;
    if (this.#isSyncing || !isDue) return;
    this.#isSyncing = true;
    this.#unsyncedBytes = 0;
    this.#syncedAt = this.#now();
    this.#syncing = this.#sync([...this.#written.ranges]).finally(() => {
      this.#isSyncing = false;
    });
  }

  /** @param written what is surely on the disk afterwards. */
  async #sync(written: readonly ByteRange[]): Promise<void> {
    try {
      await this.#files.sync(false);
      await this.#recorder.recordDurable(written, this.#now());
    } catch (error) {
      this.#failure ??= fileError(error, 'written', this.#folder);
    }
  }

  /** Records what is not recorded yet, and waits until nothing runs beside. */
  async #settle(): Promise<void> {
    if (this.#recordTimer !== undefined) this.#record();
    await this.#syncing;
  }

  async #verify(): Promise<void> {
    const expected = parseDigest(this.#descriptor.digest);
    const actual = await this.#files.digest();
    if (actual === expected.hex) return;
    // Nobody can say which of the bytes are wrong, and to go on from them would fail again.
    await this.#lock.assertHeld();
    await this.#clear();
    const message = `What arrived for ${this.#name} is not what the manifest promises (it has the digest ${shortDigest(`${expected.algorithm}:${actual}`)}), so it was thrown away. Pull again; if it happens again, tell the publisher.`;
    throw new ModelError('digest-mismatch', message, { retryable: true });
  }

  /** Removes what is left of the ingest, gives the lock back and removes the folder. */
  async #removeFolder(): Promise<void> {
    this.#closed = true;
    await this.#settle();
    await this.#closeFiles();
    await guarded('removed', this.#folder, async () => {
      await this.#onStep?.('remove-download');
      // What is there is another process's by now.
      if (!(await this.#lock.isHeld())) return;
      await this.#files.remove();
      await this.#recorder.remove();
      await this.#lock.release();
      await removeIfEmpty(this.#folder);
    });
  }

  async #closeFiles(): Promise<void> {
    await guarded('closed', this.#folder, async () => {
      this.#recorder.close();
      await this.#files.close();
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

/** Takes the lock of a digest: who has it brings this content in. @throws ModelError as {@link FileIngest.open}. */
export async function lockIngest(
  descriptor: Descriptor,
  layout: Layout,
  options: IngestOptions,
): Promise<FileLock> {
  const folder = layout.ingest(descriptor.digest);
  const { signal, now } = options;
  const subject = `the download of ${shortDigest(descriptor.digest)}`;
  for (let attempt = 0; ; attempt++) {
    await makeFolder(layout.root, folder);
    try {
      const lock = await FileLock.acquire(join(folder, 'lock'), { subject, signal, now });
      await requireOwn(folder, lock);
      return lock;
    } catch (error) {
      // The process before this one removes its folder between the two steps above.
      const gone = error instanceof ModelError && systemErrorCode(error.cause) === 'ENOENT';
      if (!gone || attempt === 3) throw error;
    }
  }
}

async function requireOwn(folder: string, lock: FileLock): Promise<void> {
  try {
    await requireOwnIngest(folder);
  } catch (error) {
    await lock.release();
    await removeIfEmpty(folder);
    throw error;
  }
}
