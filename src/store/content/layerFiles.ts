/**
 * Takes in a layer that is an uncompressed archive, whose bytes may arrive in any order. Each byte is written at once
 * to its final file in the ingest's folder:
 *
 *   member-<n>    the body of a file
 *   rest          the pieces between the bodies, joined
 *   bodies.json   the positions of the bodies in the layer, written before the first byte
 *
 * So such a layer is downloaded like other content: over several connections, and resumed by another process.
 */
import { type FileHandle, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { ByteRange } from '../disk/byteRanges.ts';
import type { ContentHasher, FilePiece } from '../disk/contentHasher.ts';
import { requireLength } from '../disk/fileLimit.ts';
import { fileError, guarded, syncFile, writeAtomically } from '../disk/files.ts';
import { BODIES, bodiesText, readBodies } from './bodies.ts';
import {
  closedError,
  type IngestFiles,
  type IngestPlace,
  openForWriting,
  removeLeftovers,
  writeAllSync,
} from './ingestFiles.ts';
import { publishBlob } from './publish.ts';
import { requireOwnRecord, type UnpackedLayer, writeUnpacked } from './unpacked.ts';
import { type NewContent, SHA256 } from './unpacking.ts';

/** Reads bytes of the layer from `start` up to `end`. */
export type ReadLayer = (start: number, end: number) => Promise<Uint8Array>;

/**
 * Describes the layer from its verified bytes.
 * @returns a function that makes the layer's record from the contents of its bodies, in their order.
 * @throws ModelError `unsupported-artifact`; `digest-mismatch` if the bodies have other positions than expected.
 */
export type DescribeLayer = (read: ReadLayer) => Promise<(contents: readonly NewContent[]) => UnpackedLayer>;

/** Parts of {@link LayerFiles}. */
export interface LayerFilesOptions extends IngestPlace {
  /** Digest of the layer. */
  readonly digest: string;
  /** Bytes of the layer. */
  readonly size: number;
  /** Positions of the bodies, in their order. */
  readonly bodies: readonly ByteRange[];
  readonly describe: DescribeLayer;
}

/** A range of the layer that is stored contiguously in one file. */
interface Segment extends ByteRange {
  /** Index in {@link LayerFiles.#files}. */
  readonly file: number;
  /** Position of the range in the file. */
  readonly offset: number;
}

interface OpenFile {
  readonly path: string;
  handle: FileHandle | undefined;
  /** Size when it was opened. */
  found: number;
  /** True if it was written since it was last flushed. */
  isDirty: boolean;
}

/** Index of the file with the rest; the bodies follow it. */
const REST = 0;

/** Stores the bytes of one layer. */
export class LayerFiles implements IngestFiles {
  readonly #options: LayerFilesOptions;
  readonly #segments: readonly Segment[];
  readonly #files: readonly OpenFile[];
  #hasher: ContentHasher | undefined;
  #bodyHashers: ContentHasher[] = [];

  constructor(options: LayerFilesOptions) {
    const { folder, bodies, size } = options;
    this.#options = options;
    this.#segments = segmentsOf(bodies, size);
    const names = ['rest', ...bodies.map((_, index) => `member-${index}`)];
    this.#files = names.map((name) => ({
      path: join(folder, name),
      handle: undefined,
      found: 0,
      isDirty: false,
    }));
  }

  /** Always answers no, because unpacked.ts records which layers are unpacked. */
  async isStored(): Promise<boolean> {
    await requireOwnRecord(this.#options.layout, this.#options.digest);
    return false;
  }

  async open(): Promise<boolean> {
    const { layout, folder, digest, bodies } = this.#options;
    const names = this.#files.map(({ path }) => basename(path));
    const recorded = await readBodies(layout, digest);
    const isSame = JSON.stringify(recorded) === JSON.stringify(bodies);
    if (!isSame) await this.#remove(BODIES);
    await removeLeftovers(folder, isSame ? [...names, BODIES] : names);
    for (const file of this.#files) {
      file.handle ??= await openForWriting(file.path);
      const { handle } = file;
      file.found = (await guarded('read', file.path, () => handle.stat())).size;
    }
    return isSame;
  }

  async requireLengths(): Promise<void> {
    const { bodies, layout } = this.#options;
    for (const [index, { start, end }] of bodies.entries()) {
      const file = this.#file(index + 1);
      if (file.found > 0) continue;
      await guarded('written', file.path, () => requireLength(opened(file), layout.root, end - start));
    }
  }

  present(range: ByteRange): readonly ByteRange[] {
    return this.#inSegments(range).map(({ file, offset, start, end }) => {
      const found = Math.max(0, (this.#files[file]?.found ?? 0) - offset);
      return { start, end: Math.min(end, start + found) };
    });
  }

  async clear(): Promise<void> {
    await this.#closeHashers();
    for (const { path, handle } of this.#files)
      await guarded('written', path, async () => handle?.truncate(0));
    const { layout, folder, digest, size, bodies } = this.#options;
    await writeAtomically(join(folder, BODIES), bodiesText(digest, size, bodies), layout.temporary());
    this.hash();
  }

  hash(): void {
    const { hasher, digest, bodies } = this.#options;
    const pieces = this.#segments.map(({ file, offset, start, end }): FilePiece => {
      return { path: this.#file(file).path, start: offset, bytes: end - start };
    });
    this.#hasher = hasher(pieces, digest);
    this.#bodyHashers = bodies.map((_, index) => hasher(this.#file(index + 1).path, SHA256));
  }

  write(piece: Uint8Array, position: number): void {
    const range = { start: position, end: position + piece.length };
    for (const { file: index, offset, start, end } of this.#inSegments(range)) {
      const file = this.#file(index);
      file.isDirty = true;
      try {
        const part = piece.subarray(start - position, end - position);
        writeAllSync(opened(file).fd, part, offset);
      } catch (error) {
        throw fileError(error, 'written', file.path);
      }
    }
  }

  advance(front: number): void {
    this.#hasher?.advance(front);
    for (const [index, { start, end }] of this.#options.bodies.entries()) {
      if (front <= start) break;
      this.#bodyHashers[index]?.advance(Math.min(front, end) - start);
    }
  }

  async sync(all: boolean): Promise<void> {
    for (const file of this.#files) {
      if (!file.isDirty) continue;
      file.isDirty = false;
      const handle = opened(file);
      await guarded('written', file.path, () => syncFile(handle, file.path, all ? 'all' : 'data'));
    }
  }

  digest(): Promise<string> {
    return guarded('read', this.#options.folder, async () => (await this.#hasher?.digest()) ?? '');
  }

  async publish(): Promise<void> {
    const { layout, blobs, bodies, describe, folder } = this.#options;
    const record = await describe((start, end) => this.#read(start, end));
    const contents = await guarded('read', folder, () =>
      Promise.all(
        bodies.map(async ({ start, end }, index): Promise<NewContent> => {
          const hex = (await this.#bodyHashers[index]?.digest()) ?? '';
          return { digest: `sha256:${hex}`, size: end - start };
        }),
      ),
    );
    await this.close();
    // Written first: it keeps other processes from removing files that already are content.
    await writeUnpacked(layout, record(contents));
    for (const [index, { digest, size }] of contents.entries()) {
      // Existing content stays, because programs may have it open.
      if (await blobs.has({ mediaType: '', digest, size })) continue;
      await publishBlob(layout, blobs, this.#file(index + 1).path, digest);
    }
  }

  async close(): Promise<void> {
    await this.#closeHashers();
    for (const file of this.#files) {
      const { handle } = file;
      file.handle = undefined;
      await guarded('closed', file.path, async () => handle?.close());
    }
  }

  async #remove(name: string): Promise<void> {
    const path = join(this.#options.folder, name);
    await guarded('removed', path, () => rm(path, { force: true }));
  }

  async #closeHashers(): Promise<void> {
    for (const hasher of [this.#hasher, ...this.#bodyHashers]) await hasher?.close();
  }

  #file(index: number): OpenFile {
    const file = this.#files[index];
    if (file !== undefined) return file;
    throw new Error('There is no such file.');
  }

  /** Splits a range of the layer at the boundaries of files. */
  #inSegments({ start, end }: ByteRange): Segment[] {
    const first = firstEndingAfter(this.#segments, start);
    const found: Segment[] = [];
    for (let index = first; index < this.#segments.length; index++) {
      const segment = this.#segments[index];
      if (segment === undefined || segment.start >= end) break;
      const from = Math.max(start, segment.start);
      found.push({
        file: segment.file,
        offset: segment.offset + from - segment.start,
        start: from,
        end: Math.min(end, segment.end),
      });
    }
    return found;
  }

  async #read(start: number, end: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(end - start);
    for (const segment of this.#inSegments({ start, end })) {
      const file = this.#file(segment.file);
      const handle = opened(file);
      const length = segment.end - segment.start;
      const at = segment.start - start;
      const { bytesRead } = await guarded('read', file.path, () =>
        handle.read(bytes, at, length, segment.offset),
      );
      if (bytesRead < length) {
        const message = t(
          '{0} lost bytes that were written to it. Check the disk, then pull again.',
          file.path,
        );
        throw new ModelError('store-error', message);
      }
    }
    return bytes;
  }
}

/** Returns the segments of a layer, in order and without gaps; empty ones are omitted. */
function segmentsOf(bodies: readonly ByteRange[], size: number): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  let rest = 0;
  const add = (file: number, offset: number, start: number, end: number): void => {
    if (end > start) segments.push({ file, offset, start, end });
  };
  for (const [index, { start, end }] of bodies.entries()) {
    add(REST, rest, at, start);
    rest += start - at;
    add(index + 1, 0, start, end);
    at = end;
  }
  add(REST, rest, at, size);
  return segments;
}

/** Returns the index of the first segment that ends behind `position`. */
function firstEndingAfter(segments: readonly Segment[], position: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle]?.end ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

function opened({ handle, path }: OpenFile): FileHandle {
  if (handle !== undefined) return handle;
  throw closedError(path);
}
