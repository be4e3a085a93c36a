/**
 * A GGUF in an archive in a registry, read like a file while the archive arrives: the first wanted member that begins
 * as a GGUF does. Members before it are skipped, and nothing more is fetched than is needed to read on, so the blob is
 * closed as soon as enough is read. Anything behind that part, damaged or not, is never seen.
 */
import {
  ArchiveReader,
  type Compression,
  damagedArchive,
  type FileSink,
  type TarEntry,
} from '../archive/index.ts';
import { GGUF_MAGIC_BYTES, isGguf } from '../artifact/index.ts';
import { asModelError, type ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { quoted } from '../base/text.ts';
import type { GgufSource } from '../gguf/index.ts';
import { type BlobSource, headerTooLong } from './blobSource.ts';

/** Bytes that are unpacked at a time. */
const PIECE_BYTES = 64 * 1024;
/** The most headers of a tar. With more files before the model there is an operating system, too. */
const MAX_ENTRIES = 10_000;
/** Frames of zstd that are decompressed until the wanted member begins. */
const MAX_FRAMES = 10_000;
/** Factor for names and headers beside the members. */
const ROOM_FOR_HEADERS = 2;

/** Options of a {@link MemberSource}. */
export interface MemberSourceOptions {
  /** The archive's blob, which its creator closes. */
  readonly blob: BlobSource;
  /** Tells whether a member is the model if it begins as a GGUF does. Its errors end the reading. */
  readonly wants: (entry: TarEntry) => boolean;
  /** The most bytes of the archive as transferred. */
  readonly maxBytes: number;
  /** The most unpacked bytes, which bound the memory. */
  readonly maxUnpackedBytes: number;
}

/** The member that was found. */
export interface FoundMember {
  /** Path in the archive; `''` if the archive is not a tar but the file itself. */
  readonly path: string;
  /** Bytes; undefined if unknown, as of a file that is only compressed. */
  readonly size: number | undefined;
}

/** The received and unread bytes of a member. */
class Pieces {
  readonly #pieces: Uint8Array[] = [];
  /** The start of the first piece, the end of the last one, and the position before which nothing is read again. */
  #start = 0;
  #end = 0;
  #from = 0;

  /** Bytes of the member that have been received. */
  get end(): number {
    return this.#end;
  }

  /** Keeps a copy of the bytes that are still needed. */
  add(piece: Uint8Array): void {
    const useless = Math.min(Math.max(this.#from - this.#end, 0), piece.length);
    if (this.#pieces.length === 0) this.#start = this.#end + useless;
    this.#end += piece.length;
    if (useless < piece.length) this.#pieces.push(Buffer.from(piece.subarray(useless)));
  }

  /** Copies the bytes from `position` on, and forgets them and all before. Returns their number. */
  take(target: Buffer, position: number): number {
    let filled = 0;
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      const useful = first.subarray(Math.max(position + filled - this.#start, 0));
      const part = useful.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      if (part.length < useful.length) break;
      this.#pieces.shift();
      this.#start += first.length;
    }
    this.#from = position + filled;
    return filled;
  }
}

/** A source over one member. It has to be closed. */
export class MemberSource implements GgufSource {
  readonly #options: MemberSourceOptions;
  readonly #reader: ArchiveReader;
  readonly #buffer = Buffer.allocUnsafe(PIECE_BYTES);
  readonly #pieces = new Pieces();
  readonly #tooFar: ModelError;
  /** Bytes of the archive that have been read. */
  #received = 0;
  /** True if the archive or the member has ended. */
  #isOver = false;
  /** The reason why nothing more arrives. The bytes before it are good all the same. */
  #failure: ModelError | undefined;
  /** Bytes of the skipped members. */
  #passed = 0;
  #found: FoundMember | undefined;

  constructor(options: MemberSourceOptions) {
    this.#options = options;
    const maxBytes = options.maxUnpackedBytes * ROOM_FOR_HEADERS;
    const taker = { entry: this.#entry, bare: this.#bare };
    this.#reader = new ArchiveReader(taker, { maxBytes, maxEntries: MAX_ENTRIES, maxFrames: MAX_FRAMES });
    this.#tooFar = headerTooLong(options.blob.name, options.maxBytes);
  }

  get name(): string {
    const path = this.#found?.path ?? '';
    const { name } = this.#options.blob;
    return path === '' ? name : t('{0} in {1}', quoted(path.slice(-100), 100), name);
  }

  get size(): number {
    return this.#found?.size ?? Number.MAX_SAFE_INTEGER;
  }

  /** True if the archive has ended. */
  get isAtEnd(): boolean {
    return this.#isOver;
  }

  /**
   * Reads on to the model. Returns undefined if the archive has none, or not within the limits.
   * @throws ModelError `unsupported-artifact` for a damaged archive, and the errors of `wants` and of the blob.
   */
  async find(): Promise<FoundMember | undefined> {
    while (this.#found === undefined && !this.#isOver && this.#failure !== this.#tooFar)
      await this.#advance();
    return this.#found;
  }

  /** Reads the member, after {@link find}. @throws ModelError as {@link find}, and `gguf-invalid` beyond the limits. */
  async read(target: Buffer, position: number, atLeast: number): Promise<number> {
    for (let filled = 0; ; ) {
      filled += this.#pieces.take(target.subarray(filled), position + filled);
      if (filled >= atLeast || this.#isOver) return filled;
      await this.#advance();
    }
  }

  /** Frees the memory. */
  close(): void {
    this.#reader.close();
  }

  /** Unpacks the next piece. If that fails, only the next call throws, since the bytes before it are used first. */
  async #advance(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const { blob, maxBytes } = this.#options;
    const room = Math.min(this.#buffer.length, maxBytes - this.#received);
    if (room <= 0 && this.#received < blob.size) {
      this.#failure = this.#tooFar;
      return;
    }
    const count = await blob.read(this.#buffer.subarray(0, room), this.#received, 1);
    this.#received += count;
    try {
      if (count > 0) await this.#reader.write(this.#buffer.subarray(0, count));
      else await this.#endArchive();
    } catch (error) {
      const message = t('The archive of this model cannot be read. Pull the model to see what it is.');
      this.#failure = asModelError(error, 'unsupported-artifact', message);
    }
  }

  async #endArchive(): Promise<void> {
    await this.#reader.end();
    this.#isOver = true;
  }

  readonly #entry = (entry: TarEntry): FileSink | undefined => {
    if (this.#found !== undefined) return undefined;
    const { path, size } = entry;
    if (this.#options.wants(entry)) return this.#look({ path, size }, () => this.#pass(size));
    this.#pass(size);
    return undefined;
  };

  readonly #bare = (_head: Uint8Array, compression: Compression): FileSink => {
    const size = compression === 'none' ? this.#options.blob.size : undefined;
    return this.#look({ path: '', size }, () => {
      throw damagedArchive(t('The archive of this model is neither a tar nor a GGUF file.'));
    });
  };

  /** Examines the first bytes of a file. @param pass is called if they are not those of a GGUF. */
  #look(member: FoundMember, pass: () => void): FileSink {
    let head = Buffer.alloc(0);
    const isFound = (): boolean => this.#found === member;
    return {
      write: (piece) => {
        if (isFound()) this.#keep(piece);
        if (head.length >= GGUF_MAGIC_BYTES) return;
        const start = piece.subarray(0, GGUF_MAGIC_BYTES - head.length);
        head = Buffer.concat([head, start]);
        if (head.length < GGUF_MAGIC_BYTES) return;
        if (!isGguf(head)) {
          pass();
          return;
        }
        this.#found = member;
        this.#keep(head);
        this.#keep(piece.subarray(start.length));
      },
      end: () => {
        if (isFound()) this.#isOver = true;
        else if (head.length < GGUF_MAGIC_BYTES) pass();
      },
    };
  }

  /** Skips a member. @throws ModelError if it is longer than the limit. */
  #pass(size: number): void {
    this.#passed += size;
    if (this.#passed > this.#options.maxUnpackedBytes) throw this.#tooFar;
  }

  #keep(piece: Uint8Array): void {
    this.#pieces.add(piece);
    if (this.#passed + this.#pieces.end > this.#options.maxUnpackedBytes) throw this.#tooFar;
  }
}
