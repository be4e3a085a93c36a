/**
 * Compressed archives, told apart by their first bytes: media types lie both ways.
 *
 *   gzip  ::= 1f 8b 08 …   (RFC 1952)            several members may follow each other
 *   zstd  ::= 28 b5 2f fd … | 5x 2a 4d 18 …      (RFC 8878; the second is a frame to be skipped, as in zstd:chunked)
 */
import zlib from 'node:zlib';
import { isModelError, ModelError } from '../base/error.ts';
import { damagedArchive } from './archiveErrors.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Bytes that tell the compression. */
export const MAGIC_BYTES = 4;
/** Bytes of each piece that comes out. */
const PIECE = 256 * 1024;
/** The largest window of zstd that is taken into memory, as a power of two of bytes: 128 MiB, as zstd itself does. */
const MAX_WINDOW_LOG = 27;

/** @param head the first bytes, {@link MAGIC_BYTES} where there are as many. */
export function compressionOf(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b && c === 0x08) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  const isSkippable = a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18;
  return isSkippable ? 'zstd' : 'none';
}

type Decompressor = zlib.Gunzip | zlib.ZstdDecompress;

function open(compression: Exclude<Compression, 'none'>): Decompressor {
  if (compression === 'gzip') return zlib.createGunzip({ chunkSize: PIECE });
  // A library may run on an older Node than the editor's.
  if (typeof zlib.createZstdDecompress === 'function') {
    const params = { [zlib.constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG };
    return zlib.createZstdDecompress({ chunkSize: PIECE, params });
  }
  const message =
    'This model is compressed with zstd, which this version of Node cannot unpack. Update VS Code, or choose a tag that is packed otherwise.';
  throw new ModelError('unsupported-artifact', message);
}

/**
 * Frees the memory of a piece that was taken. Node takes new memory when a buffer is full, and its collector lets
 * tens of megabytes of full ones gather. A buffer that is not full is still being filled.
 */
function giveBack({ buffer, byteOffset, byteLength }: Uint8Array): void {
  const isFull = byteOffset + byteLength === buffer.byteLength && buffer.byteLength === PIECE;
  if (isFull && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** One decompressor of Node, driven step by step. */
class Steps {
  readonly #stream: Decompressor;
  #settle: ((error?: unknown) => void) | undefined;

  constructor(stream: Decompressor, onBytes: (bytes: Uint8Array) => void) {
    this.#stream = stream;
    const settle = (error?: unknown): void => this.#settle?.(error);
    stream.on('error', settle);
    stream.on('end', () => settle());
    stream.on('close', () => settle());
    stream.on('data', (bytes: Uint8Array) => {
      try {
        onBytes(bytes);
        giveBack(bytes);
      } catch (error) {
        settle(error);
        stream.destroy();
      }
    });
  }

  /** @returns how many bytes were used: less than all where a part of the archive ends within them. */
  async write(piece: Uint8Array): Promise<number> {
    const before = this.#stream.bytesWritten;
    await this.#run((done) => this.#stream.write(piece, done));
    return this.#stream.bytesWritten - before;
  }

  async end(): Promise<void> {
    await this.#run(() => this.#stream.end());
  }

  close(): void {
    this.#stream.destroy();
  }

  /** Runs until the step is done, or the stream has ended or failed. */
  #run(step: (done: (error?: unknown) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = (error) => {
        this.#settle = undefined;
        if (error === undefined || error === null) resolve();
        else reject(isModelError(error) ? error : damagedArchive('cannot be decompressed', error));
      };
      step((error) => this.#settle?.(error));
    });
  }
}

/** Decompresses in a thread of libuv, and gives the bytes out in this one. */
export class Inflater {
  readonly #compression: Exclude<Compression, 'none'>;
  readonly #onBytes: (bytes: Uint8Array) => void;
  #steps: Steps | undefined;

  /** @param onBytes takes each piece; what it throws ends the reading. */
  constructor(compression: Exclude<Compression, 'none'>, onBytes: (bytes: Uint8Array) => void) {
    this.#compression = compression;
    this.#onBytes = onBytes;
  }

  /**
   * Decompresses a piece, which is to stay as it is until this is done.
   * @throws ModelError `unsupported-artifact`, and what the taker of bytes throws.
   */
  async write(piece: Uint8Array): Promise<void> {
    for (let rest = piece; rest.length > 0; ) {
      this.#steps ??= new Steps(open(this.#compression), this.#onBytes);
      const used = await this.#steps.write(rest);
      if (used === rest.length) return;
      // Node's zstd ends with its frame, and the next one may begin anywhere.
      this.close();
      rest = rest.subarray(used);
    }
  }

  /** The last byte was written. @throws ModelError `unsupported-artifact` where that is not the end. */
  async end(): Promise<void> {
    await this.#steps?.end();
    this.close();
  }

  /** Gives the memory back. May be called at any time and twice. */
  close(): void {
    this.#steps?.close();
    this.#steps = undefined;
  }
}
