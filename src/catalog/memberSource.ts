/**
 * A GGUF in an archive in a registry, read like a file while the archive arrives: the first member that is wanted and
 * begins as a GGUF does. What stands before it is passed over, and nothing is fetched that is not needed to read on,
 * so whoever has read enough closes the blob. What is behind the part that was read does not matter, damaged or not.
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

/** Bytes that are unpacked at once. */
const PIECE_BYTES = 64 * 1024;
/** Headers of a tar: where more files come before the model there is an operating system, too. */
const MAX_ENTRIES = 10_000;
/** Names and headers take room beside the members. */
const ROOM_FOR_HEADERS = 2;

/** What is read, and how far. */
export interface MemberSourceOptions {
  /** Of the archive; whoever made it closes it. */
  readonly blob: BlobSource;
  /** Whether a member is the model if it begins as a GGUF does. What it throws ends the reading. */
  readonly wants: (entry: TarEntry) => boolean;
  /** Of the archive as it is transferred. Bytes. */
  readonly maxBytes: number;
  /** Of what comes out of it, which bounds the memory that is taken. Bytes. */
  readonly maxUnpackedBytes: number;
}

/** The member that was found. */
export interface FoundMember {
  /** As it stands in the archive; `''` where the archive is no tar but the file itself. */
  readonly path: string;
  /** Bytes; undefined where nothing says it, as of a file that is only compressed. */
  readonly size: number | undefined;
}

/** What came of a member and was not read. */
class Pieces {
  readonly #pieces: Uint8Array[] = [];
  /** Where the first piece begins, where the last one ends, and before which nothing is asked for. */
  #start = 0;
  #end = 0;
  #from = 0;

  /** Bytes of the member that came. */
  get end(): number {
    return this.#end;
  }

  /** A copy is kept of what is still of use. */
  add(piece: Uint8Array): void {
    const useless = Math.min(Math.max(this.#from - this.#end, 0), piece.length);
    if (this.#pieces.length === 0) this.#start = this.#end + useless;
    this.#end += piece.length;
    if (useless < piece.length) this.#pieces.push(Buffer.from(piece.subarray(useless)));
  }

  /** Hands out what there is from `position` on, and forgets it and all before it. @returns bytes. */
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

/** Has to be closed. */
export class MemberSource implements GgufSource {
  readonly #options: MemberSourceOptions;
  readonly #reader: ArchiveReader;
  readonly #buffer = Buffer.allocUnsafe(PIECE_BYTES);
  readonly #pieces = new Pieces();
  readonly #tooFar: ModelError;
  /** Bytes of the archive that were read. */
  #received = 0;
  /** Whether the archive or the member has nothing more. */
  #isOver = false;
  /** Why nothing more comes. What came before it is good all the same. */
  #failure: ModelError | undefined;
  /** Bytes of the members that are passed over. */
  #passed = 0;
  #found: FoundMember | undefined;

  constructor(options: MemberSourceOptions) {
    this.#options = options;
    const maxBytes = options.maxUnpackedBytes * ROOM_FOR_HEADERS;
    const taker = { entry: this.#entry, bare: this.#bare };
    this.#reader = new ArchiveReader(taker, { maxBytes, maxEntries: MAX_ENTRIES });
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

  /** Whether the archive has nothing more. */
  get isAtEnd(): boolean {
    return this.#isOver;
  }

  /**
   * Goes on to the model.
   * @returns undefined where the archive has none, or not within the limits.
   * @throws ModelError `unsupported-artifact` for a damaged archive, what `wants` throws, and what the blob throws.
   */
  async find(): Promise<FoundMember | undefined> {
    while (this.#found === undefined && !this.#isOver && this.#failure !== this.#tooFar)
      await this.#advance();
    return this.#found;
  }

  /** After {@link find}. @throws ModelError as {@link find}, and `gguf-invalid` beyond the limits. */
  async read(target: Buffer, position: number, atLeast: number): Promise<number> {
    for (let filled = 0; ; ) {
      filled += this.#pieces.take(target.subarray(filled), position + filled);
      if (filled >= atLeast || this.#isOver) return filled;
      await this.#advance();
    }
  }

  /** Gives the memory back. */
  close(): void {
    this.#reader.close();
  }

  /** Unpacks the next piece. Where that fails the next call throws, since what came before it is used up first. */
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

  /** Looks at the first bytes of a file. @param pass is called where they are not those of a GGUF. */
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

  /** @throws ModelError where a member that is passed over is longer than what may be read. */
  #pass(size: number): void {
    this.#passed += size;
    if (this.#passed > this.#options.maxUnpackedBytes) throw this.#tooFar;
  }

  #keep(piece: Uint8Array): void {
    this.#pieces.add(piece);
    if (this.#passed + this.#pieces.end > this.#options.maxUnpackedBytes) throw this.#tooFar;
  }
}
