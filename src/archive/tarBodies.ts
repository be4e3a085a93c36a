/**
 * Locates the files in an uncompressed archive by reading nothing but its headers, so that its bytes may then arrive in
 * any order.
 */
import { type ArchiveTaker, limitsOf } from './archive.ts';
import { truncatedArchive } from './archiveErrors.ts';
import { compressionOf } from './compression.ts';
import { type TarEntry, TarReader } from './tar.ts';
import { BLOCK, looksLikeTar } from './tarHeader.ts';

/** A range of an archive's bytes, from `start` up to but not including `end`. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** Reads an archive's bytes from `start` up to `end`. May return fewer, but at least one. */
export type ReadArchive = (start: number, end: number) => Promise<Uint8Array>;

/** Bytes of one read: enough for a header with its extensions, or for several small files in a row. */
const WINDOW = 16 * 1024;
/** Reads after which the search gives up, because the archive has very many files. */
const MAX_READS = 32;

/**
 * Finds the bodies of the wanted files, in their order.
 * @param size of the archive, bytes.
 * @param taker decides which files are wanted, and receives none of their bytes.
 * @returns undefined if the archive is compressed, or has files in very many places.
 * @throws ModelError `unsupported-artifact` as {@link ArchiveReader} does; what `read` and the taker throw.
 */
export async function findBodies(
  read: ReadArchive,
  size: number,
  taker: ArchiveTaker,
): Promise<readonly Extent[] | undefined> {
  const window = new Window(read, size);
  const head = await window.bytes(0, Math.min(size, BLOCK));
  if (head === undefined || compressionOf(head) !== 'none') return undefined;
  if (looksLikeTar(head)) return findMembers(window, size, taker);
  taker.bare(head, 'none').end();
  return [{ start: 0, end: size }];
}

async function findMembers(
  window: Window,
  size: number,
  taker: ArchiveTaker,
): Promise<readonly Extent[] | undefined> {
  const bodies: Extent[] = [];
  let wanted: TarEntry | undefined;
  const reader = new TarReader((entry) => {
    const sink = taker.entry(entry);
    if (sink !== undefined) wanted = entry;
    return sink;
  }, limitsOf(size).maxEntries);
  for (let at = 0; at < size && !reader.isOver; ) {
    // Padding ends where the next block begins.
    const block = await window.bytes(at, Math.min(size, at + BLOCK - (at % BLOCK)));
    if (block === undefined) return undefined;
    wanted = undefined;
    reader.write(block);
    at += block.length;
    const end = at + reader.bodyLeft;
    if (end > size) throw truncatedArchive();
    if (wanted !== undefined) bodies.push({ start: at, end });
    reader.skipBody();
    at = end;
  }
  reader.end();
  return bodies;
}

/** Keeps the piece of the archive that was read last. */
class Window {
  readonly #read: ReadArchive;
  readonly #size: number;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array();
  #reads = 0;

  constructor(read: ReadArchive, size: number) {
    this.#read = read;
    this.#size = size;
  }

  /** @returns undefined after too many reads. */
  async bytes(start: number, end: number): Promise<Uint8Array | undefined> {
    while (start < this.#start || end > this.#start + this.#bytes.length) {
      if (++this.#reads > MAX_READS) return undefined;
      this.#bytes = await this.#read(start, Math.min(this.#size, start + WINDOW));
      this.#start = start;
    }
    return this.#bytes.subarray(start - this.#start, end - this.#start);
  }
}
