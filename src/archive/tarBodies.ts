/**
 * Where the files lie in an archive that is not compressed, found by reading its headers and nothing else: then its
 * bytes may come in any order.
 */
import { type ArchiveTaker, limitsOf } from './archive.ts';
import { damagedArchive } from './archiveErrors.ts';
import { compressionOf } from './compression.ts';
import { type TarEntry, TarReader } from './tar.ts';
import { BLOCK, looksLikeTar } from './tarHeader.ts';

/** Bytes of an archive, from `start` up to `end`, which is not among them. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** Gives the bytes of an archive from `start` up to `end`, or fewer, but one at least. */
export type ReadArchive = (start: number, end: number) => Promise<Uint8Array>;

/** Bytes that are read together: a header with its extensions, and small files beside each other. */
const WINDOW = 16 * 1024;
/** Reads after which an archive counts as one of very many files. */
const MAX_READS = 32;

/**
 * Finds the bodies of the files that are wanted, in their order.
 * @param size of the archive, bytes.
 * @param taker is asked which files are wanted, and gets none of their bytes.
 * @returns undefined for an archive that is compressed, and for one with files in very many places.
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
    if (end > size) throw damagedArchive('ends within a member');
    if (wanted !== undefined) bodies.push({ start: at, end });
    reader.skipBody();
    at = end;
  }
  reader.end();
  return bodies;
}

/** The piece of an archive that was read last. */
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
