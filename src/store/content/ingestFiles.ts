/** The files that an ingest writes: one for content that is kept as it is (see also layerFiles.ts). */
import { constants, writeSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelError } from '../../base/error.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import type { ByteRange } from '../disk/byteRanges.ts';
import type { ContentHasher, HasherFactory } from '../disk/contentHasher.ts';
import { requireLength } from '../disk/fileLimit.ts';
import { fileError, guarded, namesIn, syncFile } from '../disk/files.ts';
import type { Layout } from '../disk/layout.ts';
import { NO_FOLLOW } from '../disk/ownFiles.ts';
import type { Blobs } from './blobs.ts';
import { CONTENT } from './ingestFolder.ts';
import { publishBlob, requireOwnPlace } from './publish.ts';

/** What the files of an ingest need to know of their place. */
export interface IngestPlace {
  readonly folder: string;
  readonly layout: Layout;
  readonly blobs: Blobs;
  readonly hasher: HasherFactory;
}

/** Where the bytes of an ingest lie until they are content. All methods may throw `store-error` and `disk-full`. */
export interface IngestFiles {
  /**
   * Tells whether the store has what the bytes become.
   * @throws ModelError `store-error` if a file that this store did not make has the place of it.
   */
  isStored(signal?: AbortSignal): Promise<boolean>;
  /** Opens what an earlier try left, and makes what is missing. @returns false where that is of something else. */
  open(): Promise<boolean>;
  /** What of a recorded range the files can have: a power failure may leave them shorter than their record. */
  present(range: ByteRange): readonly ByteRange[];
  /** Throws the bytes away, and begins to hash anew. */
  clear(): Promise<void>;
  /** Begins to hash what is there. */
  hash(): void;
  /** Writes a whole piece, at once. */
  write(piece: Uint8Array, position: number): void;
  /** Says that the bytes below `front` are there, without a gap. */
  advance(front: number): void;
  /** Brings what was written to the disk. @param all whether that includes what only dates and sizes depend on. */
  sync(all: boolean): Promise<void>;
  /** Of all bytes, in hexadecimal digits. */
  digest(): Promise<string>;
  /** Makes content of what was written, after it was verified and brought to the disk. */
  publish(): Promise<void>;
  /** Keeps what was written. May be called at any time and twice. */
  close(): Promise<void>;
  /** Removes what is no content, after {@link close}. */
  remove(): Promise<void>;
}

/** `write` until all is written: it may write less than it was given. */
export function writeAllSync(fd: number, piece: Uint8Array, position: number): void {
  for (let done = 0; done < piece.length; )
    done += writeSync(fd, piece, done, piece.length - done, position + done);
}

/** Opens a file for reading and writing, and makes it where it is missing. */
export function openForWriting(path: string): Promise<FileHandle> {
  return guarded('opened', path, () => open(path, constants.O_RDWR | constants.O_CREAT | NO_FOLLOW, 0o644));
}

/** Removes content of a download of the same digest that was made in another way. @param kept names. */
export async function removeLeftovers(folder: string, kept: readonly string[]): Promise<void> {
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (CONTENT.test(name) && !kept.includes(name))
      await guarded('removed', path, () => rm(path, { force: true }));
  }
}

/** The file `data`, which becomes a blob. */
export class DataFile implements IngestFiles {
  readonly #place: IngestPlace;
  readonly #path: string;
  readonly #descriptor: Descriptor;
  readonly #newHasher: () => ContentHasher;
  #handle: FileHandle | undefined;
  #hasher: ContentHasher | undefined;
  /** Bytes that the file had when it was opened. */
  #found = 0;

  constructor(place: IngestPlace, descriptor: Descriptor) {
    this.#place = place;
    this.#path = join(place.folder, 'data');
    this.#descriptor = descriptor;
    this.#newHasher = () => place.hasher(this.#path, descriptor.digest);
  }

  async isStored(signal?: AbortSignal): Promise<boolean> {
    const { layout, blobs } = this.#place;
    if (await blobs.has(this.#descriptor, signal)) return true;
    await requireOwnPlace(layout, this.#descriptor.digest);
    return false;
  }

  async open(): Promise<boolean> {
    await removeLeftovers(dirname(this.#path), ['data']);
    const handle = this.#handle ?? (await openForWriting(this.#path));
    this.#handle = handle;
    const { size } = await guarded('read', this.#path, () => handle.stat());
    if (size === 0)
      await guarded('written', this.#path, () =>
        requireLength(handle, this.#place.layout.root, this.#descriptor.size),
      );
    this.#found = size;
    return size <= this.#descriptor.size;
  }

  present({ start, end }: ByteRange): readonly ByteRange[] {
    return [{ start, end: Math.min(end, this.#found) }];
  }

  async clear(): Promise<void> {
    await this.#hasher?.close();
    const handle = this.#opened();
    await guarded('written', this.#path, async () => {
      if ((await handle.stat()).size > 0) await handle.truncate(0);
    });
    this.hash();
  }

  hash(): void {
    this.#hasher = this.#newHasher();
  }

  write(piece: Uint8Array, position: number): void {
    try {
      writeAllSync(this.#opened().fd, piece, position);
    } catch (error) {
      throw fileError(error, 'written', this.#path);
    }
  }

  advance(front: number): void {
    this.#hasher?.advance(front);
  }

  sync(all: boolean): Promise<void> {
    const handle = this.#opened();
    return guarded('written', this.#path, () => syncFile(handle, this.#path, all ? 'all' : 'data'));
  }

  digest(): Promise<string> {
    return guarded('read', this.#path, async () => (await this.#hasher?.digest()) ?? '');
  }

  async publish(): Promise<void> {
    await this.close();
    const { layout, blobs } = this.#place;
    await publishBlob(layout, blobs, this.#path, this.#descriptor.digest);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await this.#hasher?.close();
    await guarded('closed', this.#path, async () => handle?.close());
  }

  async remove(): Promise<void> {
    await guarded('removed', this.#path, () => rm(this.#path, { force: true }));
  }

  #opened(): FileHandle {
    if (this.#handle !== undefined) return this.#handle;
    throw new ModelError('store-error', `${this.#path} is closed; start the download again.`);
  }
}
