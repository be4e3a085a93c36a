/**
 * Reads a file from front to back through one window of fixed size, so that no number in the file decides
 * how much memory is taken.
 */
import type { FileHandle } from 'node:fs/promises';
import { ModelError } from '../base/error.ts';

/** The error of a file that cannot be used. @param reason as in “model.gguf is not a usable GGUF file: `…`”. */
export function invalidGguf(path: string, reason: string, cause?: unknown): ModelError {
  const message = `${path} is not a usable GGUF file: ${reason}. Remove the model and pull it again, or choose another one.`;
  return new ModelError('gguf-invalid', message, { cause });
}

const WINDOW_BYTES = 256 * 1024;
/** A header is read no further than this; real ones have up to 20 MiB. Bytes. */
const MAX_HEADER_BYTES = 256 * 1024 * 1024;

export class ByteReader {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #window = Buffer.allocUnsafe(WINDOW_BYTES);
  /** Size of the file, bytes. */
  readonly size: number;
  /** Where the window starts in the file, and how much of it is filled. */
  #start = 0;
  #filled = 0;
  #position = 0;

  constructor(handle: FileHandle, path: string, size: number) {
    this.#handle = handle;
    this.#path = path;
    this.size = size;
  }

  /** Bytes from the start of the file. */
  get position(): number {
    return this.#position;
  }

  /** Whether the next `count` bytes are in memory: then the reads below need no {@link fill}. */
  has(count: number): boolean {
    return this.#position + count <= this.#start + this.#filled;
  }

  /** Brings the next `count` bytes into memory; at most the window's size. */
  async fill(count: number): Promise<void> {
    if (this.has(count)) return;
    this.#require(count);
    this.#start = this.#position;
    this.#filled = 0;
    while (this.#filled < count) {
      const room = this.#window.length - this.#filled;
      const { bytesRead } = await this.#handle.read(
        this.#window,
        this.#filled,
        room,
        this.#start + this.#filled,
      );
      if (bytesRead === 0) throw this.truncated();
      this.#filled += bytesRead;
    }
  }

  /** Passes over bytes without reading them. */
  skip(count: number): void {
    this.#require(count);
    this.#position += count;
  }

  u8(): number {
    return this.#window.readUInt8(this.#take(1));
  }
  i8(): number {
    return this.#window.readInt8(this.#take(1));
  }
  u16(): number {
    return this.#window.readUInt16LE(this.#take(2));
  }
  i16(): number {
    return this.#window.readInt16LE(this.#take(2));
  }
  u32(): number {
    return this.#window.readUInt32LE(this.#take(4));
  }
  i32(): number {
    return this.#window.readInt32LE(this.#take(4));
  }
  f32(): number {
    return this.#window.readFloatLE(this.#take(4));
  }
  f64(): number {
    return this.#window.readDoubleLE(this.#take(8));
  }
  /** Above 2^53 the number is not exact; it is then larger than any limit that it is compared with. */
  u64(): number {
    const at = this.#take(8);
    return this.#window.readUInt32LE(at) + this.#window.readUInt32LE(at + 4) * 2 ** 32;
  }
  i64(): number {
    return Number(this.#window.readBigInt64LE(this.#take(8)));
  }

  /** The next bytes as text, in the window. @param count bytes; at most the window's size. */
  text(count: number): string {
    const at = this.#take(count);
    return this.#window.toString('utf8', at, at + count);
  }

  /** The next byte, which stays the next one. */
  peek(): number {
    return this.#window[this.#position - this.#start] ?? 0;
  }

  /** The error of a file that ends too early. */
  truncated(): ModelError {
    return invalidGguf(this.#path, `it ends after ${this.size} bytes, in the middle of its header`);
  }

  #require(count: number): void {
    if (this.#position + count > this.size) throw this.truncated();
    if (this.#position + count > MAX_HEADER_BYTES) throw invalidGguf(this.#path, 'its header is too large');
  }

  /** Moves on; returns where the bytes lie in the window. */
  #take(count: number): number {
    const at = this.#position - this.#start;
    this.#position += count;
    return at;
  }
}
