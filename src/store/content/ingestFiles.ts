/** The files that an ingest writes: a single one for content that is kept as it is (see also layerFiles.ts). */
import { constants, writeSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
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

/** The surroundings of an ingest's files. */
export interface IngestPlace {
  readonly folder: string;
  readonly layout: Layout;
  readonly blobs: Blobs;
  readonly hasher: HasherFactory;
}

/** Holds the bytes of an ingest until they become content. All methods may throw `store-error` and `disk-full`. */
export interface IngestFiles {
  /**
   * Tells whether the store already has the resulting content.
   * @throws ModelError `store-error` if a file that this store did not make is in its place.
   */
  isStored(signal?: AbortSignal): Promise<boolean>;
  /** Opens the files of an earlier try, or creates them. @returns false if existing ones belong to something else. */
  open(): Promise<boolean>;
  /** Checks that the disk takes files that long, if they were empty when they were opened. @throws ModelError. */
  requireLengths(): Promise<void>;
  /** Limits a recorded range to the bytes that the files have: a power failure may cut them off. */
  present(range: ByteRange): readonly ByteRange[];
  /** Discards the bytes, and restarts hashing. */
  clear(): Promise<void>;
  /** Begins to hash the bytes that are present. */
  hash(): void;
  /** Writes a whole piece synchronously. */
  write(piece: Uint8Array, position: number): void;
  /** Says that all bytes below `front` have been written. */
  advance(front: number): void;
  /** Flushes written bytes to the disk. @param all true for fsync, false for fdatasync. */
  sync(all: boolean): Promise<void>;
  /** Returns the hash of all bytes, in hexadecimal digits. */
  digest(): Promise<string>;
  /** Turns the bytes into content, after they were verified and flushed. */
  publish(): Promise<void>;
  /** Keeps the bytes. May be called at any time and more than once. */
  close(): Promise<void>;
}

/** Repeats `write` until all is written, because one call may write less. */
export function writeAllSync(fd: number, piece: Uint8Array, position: number): void {
  for (let done = 0; done < piece.length; )
    done += writeSync(fd, piece, done, piece.length - done, position + done);
}

/** Opens a file for reading and writing, and creates it if it is missing. */
export function openForWriting(path: string): Promise<FileHandle> {
  return guarded('opened', path, () => open(path, constants.O_RDWR | constants.O_CREAT | NO_FOLLOW, 0o644));
}

/** Returns the error of a write to an ingest's file that was closed. */
export function closedError(path: string): ModelError {
  return new ModelError('store-error', t('{0} is closed. Start the download again.', path));
}

/** Removes files of a download of the same digest that was laid out differently. @param kept names. */
export async function removeLeftovers(folder: string, kept: readonly string[]): Promise<void> {
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (CONTENT.test(name) && !kept.includes(name))
      await guarded('removed', path, () => rm(path, { force: true }));
  }
}

/** Writes the file `data`, which becomes a blob. */
export class DataFile implements IngestFiles {
  readonly #place: IngestPlace;
  readonly #path: string;
  readonly #descriptor: Descriptor;
  readonly #newHasher: () => ContentHasher;
  #handle: FileHandle | undefined;
  #hasher: ContentHasher | undefined;
  /** Size of the file when it was opened. */
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
    this.#found = size;
    return size <= this.#descriptor.size;
  }

  async requireLengths(): Promise<void> {
    if (this.#found > 0) return;
    const { root } = this.#place.layout;
    await guarded('written', this.#path, () => requireLength(this.#opened(), root, this.#descriptor.size));
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

  #opened(): FileHandle {
    if (this.#handle !== undefined) return this.#handle;
    throw closedError(this.#path);
  }
}
