/**
 * Hashes a file while it is written. The hash follows the bytes that are present without a gap, so that a download is
 * verified as soon as it is finished. The bytes were written a moment ago and are read from the system's cache.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { digestHash } from '../../oci/spec/digest.ts';

/** Hashes content from its beginning. */
export interface ContentHasher {
  /** Says that the bytes below `front` are present and will not change. */
  advance(front: number): void;
  /**
   * Returns the hash of the bytes below the last front, in hexadecimal digits.
   * @throws the file system's error as it is.
   */
  digest(): Promise<string>;
  /** Stops reading. May be called at any time and more than once. */
  close(): Promise<void>;
}

/** A range of a file's bytes. */
export interface FilePiece {
  readonly path: string;
  /** Position of the first byte. */
  readonly start: number;
  readonly bytes: number;
}

/** A file by its path, or pieces that are hashed as if they were joined. */
export type HashSource = string | readonly FilePiece[];

/** Makes a hasher. @param digest any digest of the wanted algorithm. */
export type HasherFactory = (source: HashSource, digest: string) => ContentHasher;

/** Bytes of one read, after which the event loop gets its turn. */
const READ_BYTES = 1024 * 1024;

/** Hashes in this thread. Each read and its hash take less than a millisecond. */
export class FileHasher implements ContentHasher {
  readonly #pieces: readonly FilePiece[];
  readonly #hash: ReturnType<typeof digestHash>;
  #buffer: Buffer | undefined;
  /** Descriptor of the current piece. */
  #fd: number | undefined;
  #index = 0;
  /** Bytes of the pieces before the current one. */
  #before = 0;
  #front = 0;
  #hashed = 0;
  #closed = false;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param buffer for reading; hashers of one thread may share it. */
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

  /** Hashes the next bytes; done with the shared buffer when it returns. @returns the number of bytes. */
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

  /** Returns the piece with the next byte. */
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
