/**
 * Hashing a file while it is written: the hash follows the bytes that are there without a gap, so that a finished
 * download is a verified one. What is read was written a moment ago, and comes from the system's cache.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { digestHash } from '../../oci/spec/digest.ts';

/** Hashes from the beginning on. */
export interface ContentHasher {
  /** Says that the bytes below `front` are there and stay as they are. */
  advance(front: number): void;
  /**
   * The digest of the bytes below the last front, in hexadecimal digits.
   * @throws the file system's error, as it came.
   */
  digest(): Promise<string>;
  /** Ends the reading. May be called at any time and twice. */
  close(): Promise<void>;
}

/** Bytes of a file. */
export interface FilePiece {
  readonly path: string;
  /** Where they begin in the file. */
  readonly start: number;
  readonly bytes: number;
}

/** What is hashed: a file by its path, or pieces one after the other as if they were one. */
export type HashSource = string | readonly FilePiece[];

/** Makes a hasher. @param digest of the algorithm that is wanted. */
export type HasherFactory = (source: HashSource, digest: string) => ContentHasher;

/** Bytes of one read, after which others have their turn. */
const READ_BYTES = 1024 * 1024;

/** A hasher in this thread. Hashing a piece takes less than a millisecond. */
export class FileHasher implements ContentHasher {
  readonly #pieces: readonly FilePiece[];
  readonly #hash: ReturnType<typeof digestHash>;
  #buffer: Buffer | undefined;
  /** Of the piece that is being read. */
  #fd: number | undefined;
  #index = 0;
  /** Bytes of the pieces before it. */
  #before = 0;
  #front = 0;
  #hashed = 0;
  #closed = false;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param buffer for reading, which several hashers of one thread may share. */
  constructor(source: HashSource, digest: string, buffer?: Buffer) {
    this.#pieces =
      typeof source === 'string' ? [{ path: source, start: 0, bytes: Number.MAX_SAFE_INTEGER }] : source;
    this.#hash = digestHash(digest);
    this.#buffer = buffer;
  }

  advance(front: number): void {
    this.#front = Math.max(this.#front, front);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async digest(): Promise<string> {
    this.advance(this.#front);
    while (this.#running !== undefined) await this.#running;
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#hash.copy().digest('hex');
  }

  async close(): Promise<void> {
    this.#closed = true;
    while (this.#running !== undefined) await this.#running;
    this.#closeFile();
  }

  #closeFile(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  async #run(): Promise<void> {
    try {
      while (this.#hashed < this.#front && !this.#closed && this.#failure === undefined) {
        this.#hashed += this.#read();
        await nextTurn();
      }
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** Hashes the next bytes, and lets go of the buffer within the same turn. @returns how many. */
  #read(): number {
    const { path, start, bytes } = this.#piece();
    this.#fd ??= openSync(path, 'r');
    this.#buffer ??= Buffer.allocUnsafe(READ_BYTES);
    const done = this.#hashed - this.#before;
    const length = Math.min(this.#buffer.length, this.#front - this.#hashed, bytes - done);
    const count = readSync(this.#fd, this.#buffer, 0, length, start + done);
    if (count === 0) throw new Error(`${path} is shorter than what was written to it.`);
    this.#hash.update(this.#buffer.subarray(0, count));
    return count;
  }

  /** The piece that has the next byte. */
  #piece(): FilePiece {
    for (;;) {
      const piece = this.#pieces[this.#index];
      if (piece === undefined) throw new Error('There are fewer bytes than were said to be there.');
      if (this.#hashed < this.#before + piece.bytes) return piece;
      this.#closeFile();
      this.#before += piece.bytes;
      this.#index++;
    }
  }
}
