/**
 * Decompression of archives. The first bytes tell the compression, because media types lie both ways.
 *
 *   gzip  ::= 1f 8b 08 …   (RFC 1952)            several members may follow each other
 *   zstd  ::= 28 b5 2f fd … | 5x 2a 4d 18 …      (RFC 8878; the second is a skippable frame, as in zstd:chunked)
 */
import zlib from 'node:zlib';
import { isModelError, ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { damagedArchive, refusedArchive } from './archiveErrors.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Bytes that tell the compression. */
export const MAGIC_BYTES = 4;
/** Bytes of each piece of output. */
const PIECE = 256 * 1024;
/** The largest window that zstd may allocate, as a power of two: 128 MiB, the limit of the zstd program itself. */
const MAX_WINDOW_LOG = 27;

/** @param head the first {@link MAGIC_BYTES} bytes, or all if there are fewer. */
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
  // Outside the editor this code may run on an older Node.
  if (typeof zlib.createZstdDecompress === 'function') {
    const params = { [zlib.constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG };
    return zlib.createZstdDecompress({ chunkSize: PIECE, params });
  }
  const message = t(
    'This model is compressed with zstd, which this version of VS Code cannot unpack. Update VS Code, or choose a tag with another compression.',
  );
  throw new ModelError('unsupported-artifact', message);
}

/**
 * Frees the memory of a piece that was consumed. Node allocates a new buffer when one is full, and its garbage
 * collector lets tens of megabytes of full ones pile up. A buffer that is not full is still being filled.
 */
function giveBack({ buffer, byteOffset, byteLength }: Uint8Array): void {
  const isFull = byteOffset + byteLength === buffer.byteLength && buffer.byteLength === PIECE;
  if (isFull && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Drives one of Node's decompressors step by step. */
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

  /** @returns the number of bytes used: fewer than all if a part of the archive ends within them. */
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

  /** Waits until the step is done, or the stream has ended or failed. */
  #run(step: (done: (error?: unknown) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = (error) => {
        this.#settle = undefined;
        if (error === undefined || error === null) resolve();
        else reject(isModelError(error) ? error : undecompressable(error));
      };
      step((error) => this.#settle?.(error));
    });
  }
}

function undecompressable(cause: unknown): ModelError {
  return damagedArchive(t('The archive of this model is damaged: it cannot be decompressed.'), cause);
}

/** Decompresses in a thread of libuv and delivers the bytes in this one. */
export class Inflater {
  readonly #compression: Exclude<Compression, 'none'>;
  readonly #maxFrames: number;
  readonly #onBytes: (bytes: Uint8Array) => void;
  #frames = 0;
  #steps: Steps | undefined;

  /** @param onBytes receives each piece; an error it throws ends the reading. */
  constructor(
    compression: Exclude<Compression, 'none'>,
    maxFrames: number,
    onBytes: (bytes: Uint8Array) => void,
  ) {
    this.#compression = compression;
    this.#maxFrames = maxFrames;
    this.#onBytes = onBytes;
  }

  /**
   * Decompresses a piece, which must not change until this is done.
   * @throws ModelError `unsupported-artifact`, and what `onBytes` throws.
   */
  async write(piece: Uint8Array): Promise<void> {
    for (let rest = piece; rest.length > 0; ) {
      this.#steps ??= this.#begin();
      const used = await this.#steps.write(rest);
      if (used === rest.length) return;
      // Node's zstd stream ends with its frame, and the next frame may begin anywhere.
      this.close();
      rest = rest.subarray(used);
    }
  }

  #begin(): Steps {
    if (++this.#frames > this.#maxFrames) {
      throw refusedArchive(
        t('The archive of this model is compressed in more than {0} parts.', this.#maxFrames),
      );
    }
    return new Steps(open(this.#compression), this.#onBytes);
  }

  /** Says that the last byte was written. @throws ModelError `unsupported-artifact` if more bytes were due. */
  async end(): Promise<void> {
    await this.#steps?.end();
    this.close();
  }

  /** Frees the memory. May be called at any time and more than once. */
  close(): void {
    this.#steps?.close();
    this.#steps = undefined;
  }
}
