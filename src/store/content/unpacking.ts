/**
 * Takes in the files that are unpacked from a layer while it arrives: `ingest/<alg>-<hex>/{member-<n>,…,lock}`, under
 * the lock of the layer's digest. They become content of their own once the layer is verified; the layer itself is not
 * kept. The state of a decompressor cannot be saved, so if the process ends before that, the layer has to restart.
 */
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from '../../base/error.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { digestHash } from '../../oci/spec/digest.ts';
import { ByteRanges } from '../disk/byteRanges.ts';
import { type ContentHasher, FileHasher, type HasherFactory } from '../disk/contentHasher.ts';
import { fileError, guarded, removeIfEmpty, syncFile } from '../disk/files.ts';
import type { FileLock } from '../disk/lock.ts';
import type { OnStep } from './heldLock.ts';
import { type ContentPlace, type IngestOptions, lockIngest } from './ingest.ts';
import { writeAllSync } from './ingestFiles.ts';
import { announceDownload, emptyIngest } from './ingestFolder.ts';
import { IngestRecorder } from './ingestState.ts';
import { publishBlob } from './publish.ts';
import { requireOwnRecord, type UnpackedLayer, writeUnpacked } from './unpacked.ts';

/** Bytes up to which a file is hashed while it is written; a hasher of its own reads larger ones back. */
const SMALL_BYTES = 1024 * 1024;
/** Milliseconds between two records of the progress. */
const RECORD_MS = 100;
/** Names the algorithm of members' digests. */
export const SHA256 = `sha256:${'0'.repeat(64)}`;

/** One file that is being written. */
export interface NewFile {
  /** Bytes that were written. */
  readonly size: number;
  /** Writes the next bytes synchronously. @throws ModelError `disk-full`, `store-error`, `store-busy`. */
  write(piece: Uint8Array): void;
  /** Says that all bytes were written. @throws ModelError `store-error`. */
  end(): void;
}

/** A file that became content. */
export interface NewContent {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** Takes in the files of one layer. {@link close} is always the last call. */
export class Unpacking {
  readonly #place: ContentPlace;
  readonly #onStep: OnStep | undefined;
  readonly #folder: string;
  readonly #lock: FileLock;
  readonly #now: () => number;
  readonly #makeHasher: HasherFactory;
  readonly #recorder: IngestRecorder;
  #files: MemberFile[] = [];
  #recordedAt = 0;
  #count = 0;

  private constructor(descriptor: Descriptor, place: ContentPlace, lock: FileLock, options: IngestOptions) {
    const { digest, size } = descriptor;
    this.#place = place;
    this.#onStep = options.onStep;
    this.#folder = place.layout.ingest(digest);
    this.#lock = lock;
    this.#now = options.now ?? Date.now;
    this.#makeHasher = options.hasher ?? ((path, like) => new FileHasher(path, like));
    const { reference } = options;
    this.#recorder = new IngestRecorder(this.#folder, { digest, size, reference, isStream: true });
  }

  /**
   * Takes the lock of the layer's digest, and begins.
   * @throws ModelError `store-busy` if another live process has it, `cancelled`, `disk-full`, `store-error`.
   */
  static async open(descriptor: Descriptor, place: ContentPlace, options: IngestOptions): Promise<Unpacking> {
    const lock = await lockIngest(descriptor, place.layout, options);
    const unpacking = new Unpacking(descriptor, place, lock, options);
    try {
      throwIfCancelled(options.signal);
      await requireOwnRecord(place.layout, descriptor.digest);
      await unpacking.restart();
      await announceDownload(place.layout);
      return unpacking;
    } catch (error) {
      await unpacking.close();
      throw error;
    }
  }

  /** Discards the files of this process and of earlier ones. */
  async restart(): Promise<void> {
    await this.#lock.assertHeld();
    await this.#discardFiles();
    await this.#recorder.begin(this.#now());
  }

  /** Creates a file. @throws ModelError `store-error`, `store-busy` if another process took over. */
  create(): NewFile {
    const path = join(this.#folder, `member-${this.#count++}`);
    const file = new MemberFile(path, this.#lock, this.#makeHasher);
    this.#files.push(file);
    return file;
  }

  /** Records for other windows how much of the layer has arrived. @param bytes of the layer. */
  record(bytes: number): void {
    const now = this.#now();
    if (now - this.#recordedAt < RECORD_MS || this.#lock.lost) return;
    this.#recordedAt = now;
    try {
      this.#recorder.recordWritten(new ByteRanges([{ start: 0, end: bytes }]), now);
    } catch {
      // The next record makes up for it, and only a display depends on it.
    }
  }

  /**
   * Turns `files` into content, records the layer, and discards all other files.
   * @param files in the order in which they were created.
   * @param describe makes the layer's record from the contents of `files`.
   * @throws ModelError `disk-full`, `store-error`, `store-busy`.
   */
  async commit(
    files: readonly NewFile[],
    describe: (contents: readonly NewContent[]) => UnpackedLayer,
  ): Promise<UnpackedLayer> {
    await this.#lock.assertHeld();
    const wanted = this.#files.filter((file) => files.includes(file));
    const contents: NewContent[] = [];
    for (const file of wanted) contents.push(await file.complete());
    const layer = describe(contents);
    // Written first: it keeps other processes from removing files that already are content.
    await writeUnpacked(this.#place.layout, layer);
    for (const [index, file] of wanted.entries()) {
      const digest = contents[index]?.digest;
      if (digest === undefined) continue;
      await this.#onStep?.('publish');
      await this.#lock.assertHeld();
      await file.publish(this.#place, digest);
    }
    await this.close();
    return layer;
  }

  /** Removes files that are not content yet, and releases the lock. May be called at any time and more than once. */
  async close(): Promise<void> {
    try {
      if (await this.#lock.isHeld()) await this.#discardFiles();
      else await this.#closeFiles();
    } finally {
      await guarded('removed', this.#lock.path, () => this.#lock.release());
    }
    await removeIfEmpty(this.#folder);
  }

  async #closeFiles(): Promise<void> {
    const files = this.#files;
    this.#files = [];
    for (const file of files) await file.close();
    this.#recorder.close();
  }

  async #discardFiles(): Promise<void> {
    await this.#closeFiles();
    await emptyIngest(this.#folder, () => this.#lock.isHeld());
  }
}

class MemberFile implements NewFile {
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #makeHasher: HasherFactory;
  readonly #hash = digestHash(SHA256);
  #fd: number | undefined;
  #hasher: ContentHasher | undefined;
  #size = 0;

  constructor(path: string, lock: FileLock, makeHasher: HasherFactory) {
    this.#path = path;
    this.#lock = lock;
    this.#makeHasher = makeHasher;
    try {
      this.#fd = openSync(path, 'wx', 0o644);
    } catch (error) {
      throw fileError(error, 'written', path);
    }
  }

  get size(): number {
    return this.#size;
  }

  write(piece: Uint8Array): void {
    if (this.#lock.lost) throw this.#lock.lostError();
    try {
      if (this.#fd === undefined) throw new Error('The file is closed.');
      writeAllSync(this.#fd, piece, this.#size);
    } catch (error) {
      throw fileError(error, 'written', this.#path);
    }
    this.#size += piece.length;
    if (this.#hasher === undefined && this.#size <= SMALL_BYTES) this.#hash.update(piece);
    else this.#hasher ??= this.#makeHasher(this.#path, SHA256);
    this.#hasher?.advance(this.#size);
  }

  end(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      if (fd !== undefined) closeSync(fd);
    } catch (error) {
      throw fileError(error, 'written', this.#path);
    }
  }

  /** Flushes the file to the disk, and returns its content. */
  async complete(): Promise<NewContent> {
    this.end();
    const hex = await guarded('read', this.#path, async () =>
      this.#hasher === undefined ? this.#hash.digest('hex') : this.#hasher.digest(),
    );
    await this.#hasher?.close();
    await guarded('written', this.#path, async () => {
      const handle = await open(this.#path, 'r+');
      try {
        await syncFile(handle, this.#path);
      } finally {
        await handle.close();
      }
    });
    return { digest: `sha256:${hex}`, size: this.#size };
  }

  /** Gives the file its name in the store, after {@link complete}. Existing content stays, because it may be in use. */
  async publish({ layout, blobs }: ContentPlace, digest: string): Promise<void> {
    if (await blobs.has({ mediaType: '', digest, size: this.#size })) return;
    await publishBlob(layout, blobs, this.#path, digest);
  }

  async close(): Promise<void> {
    this.end();
    await this.#hasher?.close();
  }
}
