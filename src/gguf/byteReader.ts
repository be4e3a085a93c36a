/**
 * Reads a source from front to back through a window of fixed size, so that no number in the source decides how much
 * memory is allocated.
 */
import type { ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { type GgufSource, invalidGguf } from './source.ts';

const WINDOW_BYTES = 256 * 1024;
/** Longest header that is read, in bytes; real ones have up to 20 MiB. */
const MAX_HEADER_BYTES = 256 * 1024 * 1024;

/** A cursor over a {@link GgufSource}. */
export class ByteReader {
  readonly #source: GgufSource;
  readonly #window = Buffer.allocUnsafe(WINDOW_BYTES);
  /** Start of the window in the source, and the number of bytes in it. */
  #start = 0;
  #filled = 0;
  #position = 0;

  constructor(source: GgufSource) {
    this.#source = source;
  }

  /** Size of the source in bytes. */
  get size(): number {
    return this.#source.size;
  }

  /** Offset in the source, in bytes. */
  get position(): number {
    return this.#position;
  }

  /** Returns true if the next `count` bytes are in memory, so that the reads below need no {@link fill}. */
  has(count: number): boolean {
    return this.#position + count <= this.#start + this.#filled;
  }

  /** Brings the next `count` bytes into memory. @param count at most the window's size. */
  async fill(count: number): Promise<void> {
    if (this.has(count)) return;
    this.#require(count);
    // Bytes already in memory are kept, because a source may not be able to go back.
    const kept = Math.max(0, this.#start + this.#filled - this.#position);
    this.#window.copyWithin(0, this.#filled - kept, this.#filled);
    this.#start = this.#position;
    this.#filled = kept;
    const rest = this.#window.subarray(kept);
    this.#filled += await this.#source.read(rest, this.#start + kept, count - kept);
    if (this.#filled < count) throw this.truncated();
  }

  /** Skips bytes without reading them. */
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
  /** Inexact above 2^53, where the number exceeds every limit that it is compared with anyway. */
  u64(): number {
    const at = this.#take(8);
    return this.#window.readUInt32LE(at) + this.#window.readUInt32LE(at + 4) * 2 ** 32;
  }
  i64(): number {
    return Number(this.#window.readBigInt64LE(this.#take(8)));
  }

  /** Reads the next bytes as text; they must be in the window. @param count bytes; at most the window's size. */
  text(count: number): string {
    const at = this.#take(count);
    return this.#window.toString('utf8', at, at + count);
  }

  /** Returns the next byte without moving on. */
  peek(): number {
    return this.#window[this.#position - this.#start] ?? 0;
  }

  /** The error of a source that ends too early. */
  truncated(): ModelError {
    const reason = t('it ends after {0} bytes, in the middle of its header', this.size);
    return invalidGguf(this.#source.name, reason);
  }

  #require(count: number): void {
    if (this.#position + count > this.size) throw this.truncated();
    if (this.#position + count > MAX_HEADER_BYTES)
      throw invalidGguf(this.#source.name, t('its header is too large'));
  }

  /** Moves past `count` bytes and returns their position in the window. */
  #take(count: number): number {
    const at = this.#position - this.#start;
    this.#position += count;
    return at;
  }
}
