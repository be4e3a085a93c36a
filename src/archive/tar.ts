/**
 * Reads a tar while its bytes arrive, in pieces of any size. It is synchronous: a sink has the bytes of its member
 * before `write` returns, so the caller may reuse the piece. The tar packages put streams between the network and the
 * file instead, which allocate memory for each piece and leave no way to hold the network back.
 */
import { t } from '../base/l10n.ts';
import { damagedArchive, refusedArchive, truncatedArchive } from './archiveErrors.ts';
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

/** The type of a member. `sparse` is a file with holes, in any of GNU's formats; `other` has nothing to unpack. */
export type TarEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'device' | 'sparse' | 'other';

/** A member of a tar as its header states it: only the checksum has been verified. */
export interface TarEntry {
  readonly type: TarEntryType;
  readonly path: string;
  /** Bytes of its body; 0 for types without one. */
  readonly size: number;
  /** The target of a link; empty for other types. */
  readonly target: string;
}

/** Receives the bytes of one file. */
export interface FileSink {
  /** @param piece valid during the call only. */
  write(piece: Uint8Array): void;
  /** Says that all bytes were written. */
  end(): void;
}

/** @returns the sink for the member's bytes, or undefined to skip it. An error it throws ends the reading. */
export type OnTarEntry = (entry: TarEntry) => FileSink | undefined;

/** The largest pax header or long name that is read into memory, in bytes. */
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

/** Typeflags of headers that describe the next member. */
const META = ['x', 'g', 'L', 'K'];

/** Fields from the extension headers that precede a member's own header. */
interface Extension {
  readonly path?: string;
  readonly linkPath?: string;
  readonly size?: number;
  readonly isSparse?: boolean;
}

/** The meaning of the next bytes. */
type State =
  | { readonly kind: 'header' }
  | { readonly kind: 'sparse-map'; readonly header: TarHeader }
  | { readonly kind: 'meta'; readonly type: string; readonly body: Uint8Array; filled: number }
  | { readonly kind: 'body'; readonly sink: FileSink | undefined; readonly size: number; left: number }
  | { readonly kind: 'padding'; left: number }
  | { readonly kind: 'end' };

const HEADER: State = { kind: 'header' };

/** Reads one tar. */
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

  /** @throws ModelError `unsupported-artifact` if the bytes are not a tar, and what `onEntry` throws. */
  write(piece: Uint8Array): void {
    for (let rest = piece; rest.length > 0; ) rest = rest.subarray(this.#take(rest));
  }

  /** Bytes that are still to come of the current member's body. */
  get bodyLeft(): number {
    return this.#state.kind === 'body' ? this.#state.left : 0;
  }

  /** True after the end of the archive; bytes behind it are ignored. */
  get isOver(): boolean {
    return this.#state.kind === 'end';
  }

  /** Continues after the current body without delivering its bytes. */
  skipBody(): void {
    if (this.#state.kind === 'body') this.#endBody(this.#state.sink, this.#state.size);
  }

  /**
   * Says that the archive's last byte was written. Like other readers, this one accepts an archive without the two
   * blocks of zeros at its end if it ends between two members.
   * @throws ModelError `unsupported-artifact` if it ends within a member.
   */
  end(): void {
    const { kind } = this.#state;
    const isBetween = kind === 'end' || kind === 'padding' || (kind === 'header' && this.#filled === 0);
    if (!isBetween || Object.keys(this.#extension).length > 0) throw truncatedArchive();
  }

  /** @returns the number of bytes used, at least one. */
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
        // Bytes behind the end are not a member, whatever they look like.
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
      throw refusedArchive(t('The archive of this model has more than {0} members.', this.#maxEntries));
    }
    const header = readTarHeader(block);
    if (META.includes(header.type)) this.#beginMeta(header);
    else if (header.type === 'S' && hasSparseMap(block, true)) this.#state = { kind: 'sparse-map', header };
    else this.#begin(header);
  }

  #beginMeta({ type, size }: TarHeader): void {
    if (size > MAX_META) {
      throw damagedArchive(
        t('The archive of this model has a member whose name or pax header is larger than a megabyte.'),
      );
    }
    if (size === 0) this.#endMeta(type, new Uint8Array());
    else this.#state = { kind: 'meta', type, body: new Uint8Array(size), filled: 0 };
  }

  #endMeta(type: string, body: Uint8Array): void {
    this.#pad(body.length);
    if (type === 'L') this.#extension = { ...this.#extension, path: readLongName(body) };
    else if (type === 'K') this.#extension = { ...this.#extension, linkPath: readLongName(body) };
    // A global header describes all members and so has no path, link or size.
    else if (type === 'x') this.#extension = { ...this.#extension, ...extensionOf(readPax(body)) };
  }

  #begin(header: TarHeader): void {
    const { path, linkPath, size, isSparse = false } = this.#extension;
    this.#extension = {};
    const name = path ?? header.name;
    // The v7 format has no type for folders.
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

  /** Continues after the padding of a body of `bytes`. */
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
