/**
 * Reads a tar while its bytes arrive, in pieces of any size and at once: whoever gets the bytes of a member has
 * them before `write` returns, so a piece may be used again afterwards. Packages for tar put streams between the
 * network and the file, with memory of their own for each piece and without a place to hold the network back.
 */
import { damagedArchive, refusedArchive } from './archiveErrors.ts';
import {
  BLOCK,
  hasSparseMap,
  isZeroBlock,
  paxSize,
  readLongName,
  readPax,
  readTarHeader,
  type TarHeader,
} from './tarHeader.ts';

/** What a member is. `sparse` is a file with holes, in any of GNU's formats; `other` has nothing to unpack. */
export type TarEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'device' | 'sparse' | 'other';

/** A member of a tar, as it stands there: nothing of it is checked but its checksum. */
export interface TarEntry {
  readonly type: TarEntryType;
  readonly path: string;
  /** Bytes of its body; 0 for all that have none. */
  readonly size: number;
  /** What a link points to; empty for all others. */
  readonly target: string;
}

/** Takes the bytes of one file. */
export interface FileSink {
  /** The piece is valid during the call only. */
  write(piece: Uint8Array): void;
  /** All bytes were written. */
  end(): void;
}

/** @returns who takes the member's bytes; undefined where nobody does. What it throws ends the reading. */
export type OnTarEntry = (entry: TarEntry) => FileSink | undefined;

/** Bytes of a pax header or a long name that are taken into memory. */
const MAX_META = 1024 * 1024;

const TYPES: Readonly<Record<string, TarEntryType>> = {
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'device',
  '4': 'device',
  '6': 'device',
  '5': 'directory',
  S: 'sparse',
};

/** Typeflags of headers that say something about the next member. */
const META = ['x', 'g', 'L', 'K'];

/** What came before a member's own header. */
interface Extension {
  readonly path?: string;
  readonly linkPath?: string;
  readonly size?: number;
  readonly isSparse?: boolean;
}

/** What the next bytes are. */
type State =
  | { readonly kind: 'header' }
  | { readonly kind: 'sparse-map'; readonly header: TarHeader }
  | { readonly kind: 'meta'; readonly type: string; readonly body: Uint8Array; filled: number }
  | { readonly kind: 'body'; readonly sink: FileSink | undefined; readonly size: number; left: number }
  | { readonly kind: 'padding'; left: number }
  | { readonly kind: 'end' };

const HEADER: State = { kind: 'header' };

/** One tar. */
export class TarReader {
  readonly #onEntry: OnTarEntry;
  readonly #maxEntries: number;
  readonly #block = new Uint8Array(BLOCK);
  #filled = 0;
  #state: State = HEADER;
  #extension: Extension = {};
  #entries = 0;

  /** @param maxEntries headers of all kinds, after which the archive is refused. */
  constructor(onEntry: OnTarEntry, maxEntries: number) {
    this.#onEntry = onEntry;
    this.#maxEntries = maxEntries;
  }

  /** @throws ModelError `unsupported-artifact` for what is no tar, and what the taker of entries throws. */
  write(piece: Uint8Array): void {
    for (let rest = piece; rest.length > 0; ) rest = rest.subarray(this.#take(rest));
  }

  /** Bytes of a member's body that are to come before anything else. */
  get bodyLeft(): number {
    return this.#state.kind === 'body' ? this.#state.left : 0;
  }

  /** Whether the end of the archive came: what stands behind it is of no interest. */
  get isOver(): boolean {
    return this.#state.kind === 'end';
  }

  /** Goes on behind the body, whose bytes nobody is given. */
  skipBody(): void {
    if (this.#state.kind === 'body') this.#endBody(this.#state.sink, this.#state.size);
  }

  /**
   * The archive's last byte was written. An archive without the two blocks of zeros at its end counts as whole, as
   * everywhere, where it ends between two members.
   * @throws ModelError `unsupported-artifact` where it ends within a member.
   */
  end(): void {
    const { kind } = this.#state;
    const isBetween = kind === 'end' || kind === 'padding' || (kind === 'header' && this.#filled === 0);
    if (!isBetween || Object.keys(this.#extension).length > 0) throw damagedArchive('ends within a member');
  }

  /** @returns how many bytes of the piece were used, at least one. */
  #take(piece: Uint8Array): number {
    const state = this.#state;
    switch (state.kind) {
      case 'header':
      case 'sparse-map':
        return this.#takeBlock(piece);
      case 'meta': {
        const part = piece.subarray(0, state.body.length - state.filled);
        state.body.set(part, state.filled);
        state.filled += part.length;
        if (state.filled === state.body.length) this.#endMeta(state.type, state.body);
        return part.length;
      }
      case 'body': {
        const part = piece.subarray(0, state.left);
        state.sink?.write(part);
        state.left -= part.length;
        if (state.left === 0) this.#endBody(state.sink, state.size);
        return part.length;
      }
      case 'padding': {
        const count = Math.min(state.left, piece.length);
        state.left -= count;
        if (state.left === 0) this.#state = HEADER;
        return count;
      }
      case 'end':
        // What stands behind the end is no member, whatever it looks like.
        return piece.length;
    }
  }

  #takeBlock(piece: Uint8Array): number {
    const part = piece.subarray(0, BLOCK - this.#filled);
    this.#block.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled === BLOCK) {
      this.#filled = 0;
      this.#endBlock();
    }
    return part.length;
  }

  #endBlock(): void {
    const block = this.#block;
    if (this.#state.kind === 'sparse-map') {
      if (!hasSparseMap(block, false)) this.#begin(this.#state.header);
      return;
    }
    if (isZeroBlock(block)) {
      this.#state = { kind: 'end' };
      return;
    }
    if (++this.#entries > this.#maxEntries) {
      throw refusedArchive(`has more than ${this.#maxEntries} members`);
    }
    const header = readTarHeader(block);
    if (META.includes(header.type)) this.#beginMeta(header);
    else if (header.type === 'S' && hasSparseMap(block, true)) this.#state = { kind: 'sparse-map', header };
    else this.#begin(header);
  }

  #beginMeta({ type, size }: TarHeader): void {
    if (size > MAX_META)
      throw damagedArchive('has a member whose name or pax header is larger than a megabyte');
    if (size === 0) this.#endMeta(type, new Uint8Array());
    else this.#state = { kind: 'meta', type, body: new Uint8Array(size), filled: 0 };
  }

  #endMeta(type: string, body: Uint8Array): void {
    this.#pad(body.length);
    if (type === 'L') this.#extension = { ...this.#extension, path: readLongName(body) };
    else if (type === 'K') this.#extension = { ...this.#extension, linkPath: readLongName(body) };
    // A global header is about all members, and so has nothing that counts here.
    else if (type === 'x') this.#extension = { ...this.#extension, ...extensionOf(readPax(body)) };
  }

  #begin(header: TarHeader): void {
    const { path, linkPath, size, isSparse = false } = this.#extension;
    this.#extension = {};
    const name = path ?? header.name;
    // v7 has no type for folders.
    const isFolder = header.type === '0' && name.endsWith('/');
    const known = isFolder ? 'directory' : (TYPES[header.type] ?? 'other');
    const type = known === 'file' && isSparse ? 'sparse' : known;
    const hasBody = type === 'file' || type === 'sparse' || type === 'other';
    const bytes = hasBody ? (size ?? header.size) : 0;
    const target = type === 'symlink' || type === 'hardlink' ? (linkPath ?? header.linkName) : '';
    const sink = this.#onEntry({ type, path: name, size: bytes, target });
    this.#state = { kind: 'body', sink, size: bytes, left: bytes };
    if (bytes === 0) this.#endBody(sink, bytes);
  }

  #endBody(sink: FileSink | undefined, size: number): void {
    this.#pad(size);
    sink?.end();
  }

  /** Goes on behind the padding of a body of `bytes`. */
  #pad(bytes: number): void {
    const left = (BLOCK - (bytes % BLOCK)) % BLOCK;
    this.#state = left === 0 ? HEADER : { kind: 'padding', left };
  }
}

function extensionOf(pax: ReadonlyMap<string, string>): Extension {
  const path = pax.get('path');
  const linkPath = pax.get('linkpath');
  const size = pax.get('size');
  return {
    ...(path === undefined ? {} : { path }),
    ...(linkPath === undefined ? {} : { linkPath }),
    ...(size === undefined ? {} : { size: paxSize(size) }),
    ...([...pax.keys()].some((key) => key.startsWith('GNU.sparse.')) ? { isSparse: true } : {}),
  };
}
