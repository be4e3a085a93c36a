/** Reads an archive while its bytes arrive. The first bytes decide compression and format. */

import { formatBytes } from '../base/format.ts';
import { t } from '../base/l10n.ts';
import { refusedArchive } from './archiveErrors.ts';
import { type Compression, compressionOf, Inflater, MAGIC_BYTES } from './compression.ts';
import { type FileSink, type OnTarEntry, TarReader } from './tar.ts';
import { BLOCK, looksLikeTar } from './tarHeader.ts';

/** Receives the contents of an archive. An error it throws ends the reading. */
export interface ArchiveTaker {
  /** Called for each member of a tar. @returns the sink for its bytes, or undefined to skip it. */
  readonly entry: OnTarEntry;
  /**
   * Called if the archive is not a tar but a single file, compressed or not.
   * @param head its first bytes, at most 512.
   */
  readonly bare: (head: Uint8Array, compression: Compression) => FileSink;
}

export interface ArchiveLimits {
  /** Bytes of everything that is unpacked, including headers and skipped members. */
  readonly maxBytes: number;
  /** Headers of a tar. */
  readonly maxEntries: number;
  /** Parts that are decompressed one by one: frames of zstd, whether they contain anything or not. */
  readonly maxFrames: number;
}

/** Bytes that any archive may unpack to, however small it is. */
const BASE_BYTES = 64 * 1024 * 1024;
/** Weights hardly shrink and text shrinks to a tenth; gzip can reach a ratio of a thousand, and zstd far more. */
const MAX_RATIO = 100;
const MAX_ENTRIES = 100_000;
/**
 * Frames of any archive, and bytes of a larger one for each more. Programs make frames for chunks of some tens of
 * kilobytes (pzstd, zstd:chunked), or for single small files; each costs as much time as a hundred kilobytes.
 */
const BASE_FRAMES = 100_000;
const FRAME_BYTES = 4096;

/** Returns limits that an archive bomb exceeds and no archive of a model does. @param size of the archive, bytes. */
export function limitsOf(size: number): ArchiveLimits {
  const maxFrames = BASE_FRAMES + Math.ceil(size / FRAME_BYTES);
  return { maxBytes: BASE_BYTES + size * MAX_RATIO, maxEntries: MAX_ENTRIES, maxFrames };
}

/** Consumes the unpacked bytes once the first of them have told the format. */
interface Format {
  write(piece: Uint8Array): void;
  end(): void;
}

/** Reads one archive from its first byte to its last. Takes a few megabytes of memory, plus zstd's window. */
export class ArchiveReader {
  readonly #taker: ArchiveTaker;
  readonly #limits: ArchiveLimits;
  #compression: Compression | undefined;
  #inflater: Inflater | undefined;
  #format: Format | undefined;
  /** First bytes, held until there are enough to tell the format. */
  #head: Uint8Array = new Uint8Array();
  #unpacked = 0;

  constructor(taker: ArchiveTaker, limits: ArchiveLimits) {
    this.#taker = taker;
    this.#limits = limits;
  }

  /**
   * Takes the next bytes.
   * @returns a promise to await before the piece is reused and the next one is written, or undefined if all is done.
   * @throws ModelError `unsupported-artifact` if the archive is damaged or too large, and what the taker throws.
   */
  write(piece: Uint8Array): Promise<void> | undefined {
    if (this.#compression !== undefined) return this.#pass(piece);
    const head = joined(this.#head, piece);
    if (head.length < MAGIC_BYTES) {
      this.#head = head;
      return undefined;
    }
    return this.#begin(head);
  }

  /** Says that the last byte was written. @throws ModelError as {@link write}. */
  async end(): Promise<void> {
    if (this.#compression === undefined) this.#begin(this.#head);
    await this.#inflater?.end();
    this.#format ??= this.#begun(this.#head);
    this.#format.end();
  }

  /** Frees the memory. May be called at any time and more than once. */
  close(): void {
    this.#inflater?.close();
  }

  #begin(head: Uint8Array): Promise<void> | undefined {
    this.#head = new Uint8Array();
    this.#compression = compressionOf(head);
    if (this.#compression !== 'none') {
      const { maxFrames } = this.#limits;
      this.#inflater = new Inflater(this.#compression, maxFrames, (bytes) => this.#unpack(bytes));
    }
    return this.#pass(head);
  }

  #pass(piece: Uint8Array): Promise<void> | undefined {
    if (this.#inflater !== undefined) return this.#inflater.write(piece);
    this.#unpack(piece);
    return undefined;
  }

  #unpack(bytes: Uint8Array): void {
    this.#unpacked += bytes.length;
    const { maxBytes } = this.#limits;
    if (this.#unpacked > maxBytes) {
      throw refusedArchive(
        t(
          'The archive of this model unpacks to more than {0}, which is far more than its size allows.',
          formatBytes(maxBytes),
        ),
      );
    }
    if (this.#format !== undefined) {
      this.#format.write(bytes);
      return;
    }
    this.#head = joined(this.#head, bytes);
    if (this.#head.length >= BLOCK) this.#format = this.#begun(this.#head);
  }

  /** Chooses the format by the first bytes, and writes them to it. */
  #begun(head: Uint8Array): Format {
    this.#head = new Uint8Array();
    const format = looksLikeTar(head)
      ? new TarReader(this.#taker.entry, this.#limits.maxEntries)
      : this.#taker.bare(head.subarray(0, BLOCK), this.#compression ?? 'none');
    format.write(head);
    return format;
  }
}

/** Copies both, so that the piece may be reused. */
function joined(head: Uint8Array, piece: Uint8Array): Uint8Array {
  return Buffer.concat([head, piece]);
}
