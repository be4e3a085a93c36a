/**
 * Takes content into the store: `ingest/<alg>-<hex>/{data,state.json,progress.json,lock}`. Its parts may arrive in any
 * order. Another process resumes from the bytes that are recorded as written (ingestState.ts). The digest is computed
 * while the bytes arrive, and decides in the end.
 */
import { join } from 'node:path';
import { ModelError, systemErrorCode, throwIfCancelled } from '../../base/error.ts';
import { formatByteProgress, formatBytes } from '../../base/format.ts';
import { t } from '../../base/l10n.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { parseDigest } from '../../oci/spec/digest.ts';
import { type ByteRange, ByteRanges } from '../disk/byteRanges.ts';
import { FileHasher, type HasherFactory } from '../disk/contentHasher.ts';
import { fileError, guarded, removeIfEmpty } from '../disk/files.ts';
import type { Layout } from '../disk/layout.ts';
import { FileLock } from '../disk/lock.ts';
import { makeFolder, requireStore } from '../disk/ownFiles.ts';
import type { Blobs } from './blobs.ts';
import { downloadName } from './downloadName.ts';
import type { OnStep } from './heldLock.ts';
import { DataFile, type IngestFiles, type IngestPlace } from './ingestFiles.ts';
import { announceDownload, dropShared, emptyIngest, ingestIds, requireOwnIngest } from './ingestFolder.ts';
import { type IngestRecord, IngestRecorder, readIngestIds, readIngestRecord } from './ingestState.ts';

/** Takes one blob into the store. {@link close} is always the last call. */
export interface Ingest {
  /** True if the blob is already in the store, so that nothing is missing. */
  readonly stored: boolean;
  /** Bytes that have been written. */
  readonly doneBytes: number;
  /** Returns the missing ranges in ascending order. */
  missing(): ByteRange[];
  /**
   * Writes bytes at `position` synchronously: the piece may be reused when this returns, and a slow disk holds the
   * network back. The system's cache takes a megabyte in less than a millisecond.
   * @throws ModelError `size-mismatch` beyond the descriptor's size, `disk-full`, `store-error`, `store-busy` if another
   * process took over.
   */
  write(piece: Uint8Array, position: number): void;
  /** Discards all bytes. */
  restart(): Promise<void>;
  /**
   * Verifies the content and gives it its name in the store. Content with a wrong digest is discarded.
   * @throws ModelError `size-mismatch`, `digest-mismatch`, `disk-full`, `store-error`, `store-busy`.
   */
  commit(): Promise<void>;
  /** Discards the bytes and releases the lock. Does nothing after {@link commit} or {@link close}. */
  discard(): Promise<void>;
  /** Keeps the bytes and releases the lock. May be called at any time and more than once. */
  close(): Promise<void>;
}

export interface IngestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** The canonical reference of the model, which names the download for people. */
  readonly reference?: string | undefined;
  /** Makes the hasher of the content. Defaults to hashing in this thread. */
  readonly hasher?: HasherFactory | undefined;
  /** Called before each step that removes or publishes something. */
  readonly onStep?: OnStep | undefined;
}

/** The store that receives content. */
export interface ContentPlace {
  readonly layout: Layout;
  readonly blobs: Blobs;
}

/** Bytes and milliseconds until a write is recorded. A killed process loses no more than that. */
const RECORD_BYTES = 512 * 1024;
const RECORD_MS = 40;
/** Bytes and milliseconds until written bytes are flushed to the disk, which leaves less to do at the end. */
const SYNC_BYTES = 64 * 1024 * 1024;
const SYNC_MS = 5_000;

/** An ingest in a folder of this store. */
export class FileIngest implements Ingest {
  readonly #descriptor: Descriptor;
  readonly #name: string;
  readonly #folder: string;
  readonly #lock: FileLock;
  readonly #now: () => number;
  readonly #files: IngestFiles;
  readonly #recorder: IngestRecorder;
  readonly #onStep: OnStep | undefined;
  readonly #written = new ByteRanges();
  #stored = false;
  /** True if bytes can be written. */
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
    this.#name = downloadName({ digest, reference });
    this.#recorder = new IngestRecorder(this.#folder, { digest, size, reference, isStream: false });
    this.#syncedAt = this.#now();
    this.#onStep = options.onStep;
  }

  /**
   * Takes the lock of the digest and resumes an earlier try. If the content is already in the store, nothing is missing
   * and `commit` does nothing.
   * @param files makes the files that receive the bytes. Defaults to one file that becomes the blob.
   * @throws ModelError `store-busy` if another live process has it, `cancelled`, `disk-full`, `store-error`.
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
      // The last bytes are hashed while the disk writes them.
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

  #requireOpen(): void {
    if (this.#isOpen && !this.#closed) return;
    throw new ModelError('store-error', t('The download of {0} was stopped. Start it again.', this.#name));
  }

  async #resume(): Promise<void> {
    const record = await readIngestRecord(this.#folder);
    const isRecorded = record?.size === this.#descriptor.size;
    // Claimed before the first file is made, because the record proves that the files are ours.
    if (!isRecorded) await this.#recorder.claim(this.#now());
    await dropShared(this.#folder);
    const before = await readIngestIds(this.#folder);
    const isUsable = await this.#files.open();
    const ids = await ingestIds(this.#folder);
    this.#recorder.ids = ids;
    const isNew = before?.folder === ids.folder && !ids.files.every((id) => before.files.includes(id));
    // Bytes that were not recorded, or belong to something else, are worthless.
    if (!isUsable || !isRecorded || isNew) await this.#clear();
    else {
      // In a copy of the store the files have other inodes, which must be recorded as well.
      if (before?.folder !== ids.folder) await this.#recorder.recordDurable(record.durable, this.#now());
      this.#restore(record);
    }
    // Only now do records prove that files of that length are ours.
    await this.#files.requireLengths();
    this.#isOpen = true;
  }

  #restore({ written }: IngestRecord): void {
    for (const range of written.ranges)
      for (const present of this.#files.present(range)) this.#written.add(present);
    this.#files.hash();
    this.#files.advance(this.#written.front);
  }

  /** Restarts at 0, and records that before the first byte arrives. */
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
      // The next record makes up for one that fails; on a full disk the previous one still counts.
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

  /** @param written the ranges that are durable afterwards. */
  async #sync(written: readonly ByteRange[]): Promise<void> {
    try {
      await this.#files.sync(false);
      await this.#recorder.recordDurable(written, this.#now());
    } catch (error) {
      this.#failure ??= fileError(error, 'written', this.#folder);
    }
  }

  /** Writes a pending record, and waits for a running flush. */
  async #settle(): Promise<void> {
    if (this.#recordTimer !== undefined) this.#record();
    await this.#syncing;
  }

  async #verify(): Promise<void> {
    const expected = parseDigest(this.#descriptor.digest);
    const actual = await this.#files.digest();
    if (actual === expected.hex) return;
    // Nothing tells which of the bytes are wrong, so resuming from them would fail again.
    await this.#lock.assertHeld();
    await this.#clear();
    const message = t(
      '{0} failed verification and was discarded. Pull it again; if it happens again, tell its publisher.',
      this.#name,
    );
    throw new ModelError('digest-mismatch', message, { retryable: true });
  }

  /** Removes the files of the ingest, releases the lock and removes the folder. */
  async #removeFolder(): Promise<void> {
    this.#closed = true;
    await this.#settle();
    await this.#closeFiles();
    await guarded('removed', this.#folder, async () => {
      await this.#onStep?.('remove-download');
      const isEmpty = await emptyIngest(this.#folder, () => this.#lock.isHeld());
      // The files belong to another process by now.
      if (!isEmpty) return;
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
    const message = t(
      'The registry sent more than the {0} that the manifest of {1} states. Pull it again; if it happens again, tell its publisher.',
      formatBytes(this.#descriptor.size),
      this.#name,
    );
    return new ModelError('size-mismatch', message);
  }

  #tooShort(): ModelError {
    const progress = formatByteProgress(this.doneBytes, this.#descriptor.size);
    const message = t('Only {0} of {1} arrived. Pull it again to resume.', progress, this.#name);
    return new ModelError('size-mismatch', message, { retryable: true });
  }
}

/** Takes the lock of a digest, whose holder downloads the content. @throws ModelError as {@link FileIngest.open}. */
export async function lockIngest(
  descriptor: Descriptor,
  layout: Layout,
  options: IngestOptions,
): Promise<FileLock> {
  const folder = layout.ingest(descriptor.digest);
  const { signal, now, reference } = options;
  const name = downloadName({ digest: descriptor.digest, reference });
  const subject = { kind: 'download', name } as const;
  await requireStore(layout.root);
  for (let attempt = 0; ; attempt++) {
    await makeFolder(layout.root, folder);
    try {
      const lock = await FileLock.acquire(join(folder, 'lock'), { subject, signal, now });
      await requireOwn(folder, lock);
      return lock;
    } catch (error) {
      // The previous holder may remove the folder between the two steps above.
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
