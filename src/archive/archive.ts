/** Reads an archive while its bytes arrive: compression and format are told by the first bytes. */

import { refusedArchive } from './archiveErrors.ts';
import { type Compression, compressionOf, Inflater, MAGIC_BYTES } from './compression.ts';
import { type FileSink, type OnTarEntry, TarReader } from './tar.ts';
import { BLOCK, looksLikeTar } from './tarHeader.ts';

/** Who takes what is in an archive. What it throws ends the reading. */
export interface ArchiveTaker {
  /** A member of a tar. @returns who takes its bytes; undefined where nobody does. */
  readonly entry: OnTarEntry;
  /**
   * The archive is no tar but one file, compressed or not.
   * @param head its first bytes, up to 512.
   */
  readonly bare: (head: Uint8Array, compression: Compression) => FileSink;
}

export interface ArchiveLimits {
  /** Bytes of everything that is unpacked, the headers and what nobody wants included. */
  readonly maxBytes: number;
  /** Headers of a tar. */
  readonly maxEntries: number;
}

/** Bytes that any archive may be unpacked to. */
const BASE_BYTES = 64 * 1024 * 1024;
/** Weights hardly shrink, text shrinks to a tenth; gzip can pack a thousand times, and zstd far more. */
const MAX_RATIO = 100;
const MAX_ENTRIES = 100_000;

/** Limits that no archive of a model reaches, and a bomb does. @param size of the archive, bytes. */
export function limitsOf(size: number): ArchiveLimits {
  return { maxBytes: BASE_BYTES + size * MAX_RATIO, maxEntries: MAX_ENTRIES };
}

/** Where the unpacked bytes go, once the first of them told. */
interface Format {
  write(piece: Uint8Array): void;
  end(): void;
}

/** One archive, from its first byte to its last. Takes a few megabytes of memory, and zstd's window. */
export class ArchiveReader {
  readonly #taker: ArchiveTaker;
  readonly #limits: ArchiveLimits;
  #compression: Compression | undefined;
  #inflater: Inflater | undefined;
  #format: Format | undefined;
  /** First bytes that do not tell enough yet. */
  #head: Uint8Array = new Uint8Array();
  #unpacked = 0;

  constructor(taker: ArchiveTaker, limits: ArchiveLimits) {
    this.#taker = taker;
    this.#limits = limits;
  }

  /**
   * Takes the next bytes.
   * @returns what to wait for before the piece may be used again and the next one may come; undefined where
   * everything is done.
   * @throws ModelError `unsupported-artifact` for what is damaged or too large, and what the taker throws.
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

  /** The last byte was written. @throws ModelError as {@link write}. */
  async end(): Promise<void> {
    if (this.#compression === undefined) this.#begin(this.#head);
    await this.#inflater?.end();
    this.#format ??= this.#begun(this.#head);
    this.#format.end();
  }

  /** Gives the memory back. May be called at any time and twice. */
  close(): void {
    this.#inflater?.close();
  }

  #begin(head: Uint8Array): Promise<void> | undefined {
    this.#head = new Uint8Array();
    this.#compression = compressionOf(head);
    if (this.#compression !== 'none') {
      this.#inflater = new Inflater(this.#compression, (bytes) => this.#unpack(bytes));
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
      throw refusedArchive(`unpacks to more than ${maxBytes} bytes, which is far more than its size allows`);
    }
    if (this.#format !== undefined) {
      this.#format.write(bytes);
      return;
    }
    this.#head = joined(this.#head, bytes);
    if (this.#head.length >= BLOCK) this.#format = this.#begun(this.#head);
  }

  /** The format that the first bytes tell, with these bytes written. */
  #begun(head: Uint8Array): Format {
    this.#head = new Uint8Array();
    const format = looksLikeTar(head)
      ? new TarReader(this.#taker.entry, this.#limits.maxEntries)
      : this.#taker.bare(head.subarray(0, BLOCK), this.#compression ?? 'none');
    format.write(head);
    return format;
  }
}

/** A copy of both, so that the piece may be used again. */
function joined(head: Uint8Array, piece: Uint8Array): Uint8Array {
  return Buffer.concat([head, piece]);
}
