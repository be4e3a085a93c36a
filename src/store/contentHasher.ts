/**
 * Hashing a file while it is written: the hash follows the bytes that are there without a gap, so that a finished
 * download is a verified one. What is read was written a moment ago, and comes from the system's cache.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { digestHash } from '../oci/digest.ts';

/** Hashes one file from its beginning. */
export interface ContentHasher {
  /** Says that the bytes below `front` are in the file and stay as they are. */
  advance(front: number): void;
  /**
   * The digest of the bytes below the last front, in hexadecimal digits.
   * @throws the file system's error, as it came.
   */
  digest(): Promise<string>;
  /** Ends the reading. May be called at any time and twice. */
  close(): Promise<void>;
}

/** Makes the hasher of a file. @param digest of the algorithm that is wanted. */
export type HasherFactory = (path: string, digest: string) => ContentHasher;

/** Bytes of one read, after which others have their turn. */
const READ_BYTES = 1024 * 1024;

/** A hasher in this thread. Hashing a piece takes less than a millisecond. */
export class FileHasher implements ContentHasher {
  readonly #path: string;
  readonly #hash: ReturnType<typeof digestHash>;
  #buffer: Buffer | undefined;
  #fd: number | undefined;
  #front = 0;
  #hashed = 0;
  #closed = false;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param buffer for reading, which several hashers of one thread may share. */
  constructor(path: string, digest: string, buffer?: Buffer) {
    this.#path = path;
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

  /** Hashes the next piece, and lets go of the buffer within the same turn. @returns its bytes. */
  #read(): number {
    this.#fd ??= openSync(this.#path, 'r');
    this.#buffer ??= Buffer.allocUnsafe(READ_BYTES);
    const length = Math.min(this.#buffer.length, this.#front - this.#hashed);
    const bytes = readSync(this.#fd, this.#buffer, 0, length, this.#hashed);
    if (bytes === 0) throw new Error(`${this.#path} is shorter than what was written to it.`);
    this.#hash.update(this.#buffer.subarray(0, bytes));
    return bytes;
  }
}
