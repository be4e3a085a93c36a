/**
 * Hashing a file while it is written: the hash follows the bytes that are there without a gap, so that a finished
 * download is a verified one. What is read was written a moment ago, and comes from the system's cache.
 */
import { type FileHandle, open } from 'node:fs/promises';
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

/** Bytes of one read. */
const READ_BYTES = 1024 * 1024;

/** A hasher in this thread. Hashing a piece takes less than a millisecond. */
export class FileHasher implements ContentHasher {
  readonly #path: string;
  readonly #hash: ReturnType<typeof digestHash>;
  #front = 0;
  #hashed = 0;
  #closed = false;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(path: string, digest: string) {
    this.#path = path;
    this.#hash = digestHash(digest);
  }

  advance(front: number): void {
    this.#front = Math.max(this.#front, front);
    this.#start();
  }

  async digest(): Promise<string> {
    this.#start();
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#hash.copy().digest('hex');
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  #start(): void {
    if (this.#running !== undefined || this.#closed || this.#hashed >= this.#front) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(this.#path, 'r');
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      while (this.#hashed < this.#front && !this.#closed) {
        const length = Math.min(buffer.length, this.#front - this.#hashed);
        const { bytesRead } = await handle.read(buffer, 0, length, this.#hashed);
        if (bytesRead === 0) throw new Error(`${this.#path} is shorter than what was written to it.`);
        this.#hash.update(buffer.subarray(0, bytesRead));
        this.#hashed += bytesRead;
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      await handle?.close();
    }
  }
}
