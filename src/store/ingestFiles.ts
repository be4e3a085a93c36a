/** The files that an ingest writes: one for content that is kept as it is (see also layerFiles.ts). */
import { constants, writeSync } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelError } from '../base/error.ts';
import type { ByteRange } from './byteRanges.ts';
import type { ContentHasher, HasherFactory } from './contentHasher.ts';
import { fileError, guarded, ifPresent, namesIn, renameFile, syncDirectory } from './files.ts';

/** Where the bytes of an ingest lie until they are content. All methods may throw `store-error` and `disk-full`. */
export interface IngestFiles {
  /** Whether the store has what the bytes become. */
  isStored(): Promise<boolean>;
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
  return guarded('opened', path, () => open(path, constants.O_RDWR | constants.O_CREAT, 0o644));
}

/** Whether a file is there, with so many bytes. */
export async function isFileOfSize(path: string, size: number): Promise<boolean> {
  const status = await guarded('read', path, () => ifPresent(stat(path)));
  return status?.isFile() === true && status.size === size;
}

/** Gives a file that is complete and on the disk its name among the store's content. */
export async function nameContent(path: string, blob: string): Promise<void> {
  const folder = dirname(blob);
  await guarded('written', blob, async () => {
    await mkdir(folder, { recursive: true });
    // The links in models/ are the same file: a tool that edits one in place would damage the store. On
    // Windows the attribute would block deletion.
    if (process.platform !== 'win32') await chmod(path, 0o444);
    await renameFile(path, blob);
    await syncDirectory(folder);
  });
}

/** Files of an ingest's folder that have content, in the ways of this file, of layerFiles.ts and of unpacking.ts. */
const CONTENT = /^(?:data|rest|member-\d+|bodies\.json)$/;

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
  readonly #path: string;
  readonly #blob: string;
  readonly #size: number;
  readonly #newHasher: () => ContentHasher;
  #handle: FileHandle | undefined;
  #hasher: ContentHasher | undefined;
  /** Bytes that the file had when it was opened. */
  #found = 0;

  /** @param blob the content's path in the store. */
  constructor(
    folder: string,
    blob: string,
    options: { readonly size: number; readonly digest: string; readonly hasher: HasherFactory },
  ) {
    this.#path = join(folder, 'data');
    this.#blob = blob;
    this.#size = options.size;
    this.#newHasher = () => options.hasher(this.#path, options.digest);
  }

  isStored(): Promise<boolean> {
    return isFileOfSize(this.#blob, this.#size);
  }

  async open(): Promise<boolean> {
    await removeLeftovers(dirname(this.#path), ['data']);
    const handle = this.#handle ?? (await openForWriting(this.#path));
    this.#handle = handle;
    const { size } = await guarded('read', this.#path, () => handle.stat());
    this.#found = size;
    return size <= this.#size;
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
    return guarded('written', this.#path, () => (all ? handle.sync() : handle.datasync()));
  }

  digest(): Promise<string> {
    return guarded('read', this.#path, async () => (await this.#hasher?.digest()) ?? '');
  }

  async publish(): Promise<void> {
    await this.close();
    await nameContent(this.#path, this.#blob);
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
