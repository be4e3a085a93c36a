/**
 * The files in a layer that is an archive without compression, while its bytes come in any order. In the ingest's
 * folder each byte goes to its last place at once:
 *
 *   member-<n>    the body of a file
 *   rest          everything between the bodies, one piece behind the other
 *   bodies.json   where in the layer the bodies lie, written before the first byte
 *
 * So such a layer is downloaded as other content is: over several connections, and going on in a new process.
 */
import { type FileHandle, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ModelError } from '../../base/error.ts';
import type { ByteRange } from '../disk/byteRanges.ts';
import type { ContentHasher, FilePiece } from '../disk/contentHasher.ts';
import { requireLength } from '../disk/fileLimit.ts';
import { fileError, guarded, syncFile, writeAtomically } from '../disk/files.ts';
import { BODIES, bodiesText, readBodies } from './bodies.ts';
import {
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
 * Says what is in the layer, from bytes that were verified.
 * @returns what makes the layer's record of the content of its bodies, which are in their order.
 * @throws ModelError `unsupported-artifact`; `digest-mismatch` where the bodies lie elsewhere than it was said.
 */
export type DescribeLayer = (read: ReadLayer) => Promise<(contents: readonly NewContent[]) => UnpackedLayer>;

/** What {@link LayerFiles} is made of. */
export interface LayerFilesOptions extends IngestPlace {
  /** Of the layer. */
  readonly digest: string;
  /** Of the layer, bytes. */
  readonly size: number;
  /** Where the bodies lie, in their order. */
  readonly bodies: readonly ByteRange[];
  readonly describe: DescribeLayer;
}

/** Bytes of the layer that lie in one file without a gap. */
interface Segment extends ByteRange {
  /** Of the file, as in {@link LayerFiles.#files}. */
  readonly file: number;
  /** Where they begin in the file. */
  readonly offset: number;
}

/** One of the files. */
interface OpenFile {
  readonly path: string;
  handle: FileHandle | undefined;
  /** Bytes that it had when it was opened. */
  found: number;
  /** Whether something was written since it was brought to the disk. */
  isDirty: boolean;
}

/** The first of the files is the rest; the others are the bodies. */
const REST = 0;

/** Takes the layer's bytes. */
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

  /** What the bodies become is written down elsewhere: see unpacked.ts. */
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
    for (const [index, { start, end }] of bodies.entries()) {
      const { handle, path, found } = this.#file(index + 1);
      if (handle !== undefined && found === 0)
        await guarded('written', path, () => requireLength(handle, this.#options.layout.root, end - start));
    }
    return isSame;
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
    // First: it keeps others from removing those of the files that are content already.
    await writeUnpacked(layout, record(contents));
    for (const [index, { digest, size }] of contents.entries()) {
      // Content that is there stays: programs may have it open.
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

  async remove(): Promise<void> {
    // Without this file the others are not gone on with.
    await this.#remove(BODIES);
    for (const { path } of this.#files) await guarded('removed', path, () => rm(path, { force: true }));
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

  /** A range of the layer, cut where it goes from one file to another. */
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
        const message = `${file.path} is shorter than what was written to it. Check the disk, then pull again.`;
        throw new ModelError('store-error', message);
      }
    }
    return bytes;
  }
}

/** The segments of a layer, in their order and without a gap; those of no bytes are left out. */
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

/** The index of the first segment that ends behind `position`. */
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
  throw new ModelError('store-error', `${path} is closed; start the download again.`);
}
