/**
 * What is known of content on its way: two small files beside `data`.
 *
 *   state.json     which bytes are on the disk, written after each fsync: what a power failure leaves
 *   progress.json  which bytes are written, recorded at once: what a killed process leaves, because the system
 *                  still has them; and what other windows show. It counts until the machine restarts.
 */
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { digestSchema } from '../../oci/spec/descriptor.ts';
import { type ByteRange, ByteRanges } from '../disk/byteRanges.ts';
import { guarded, renameFile, syncFile } from '../disk/files.ts';
import { fileStatus, NO_FOLLOW } from '../disk/ownFiles.ts';
import { jsonFile, readSmall, removeSmall, type SmallFile } from '../disk/smallFile.ts';

/** What is on its way, and how much of it is there. */
export interface IngestState {
  readonly digest: string;
  /** Bytes of the whole content. */
  readonly size: number;
  /** The reference it was asked for first, in its canonical form; absent where none was given. */
  readonly reference?: string | undefined;
  /** Bytes that are there. */
  readonly doneBytes: number;
  /** Whether another process begins again, because what is there is not the content but what came out of it. */
  readonly isStream: boolean;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
}

/** What never changes of an ingest. */
export type IngestSubject = Pick<IngestState, 'digest' | 'size' | 'reference' | 'isStream'>;

const count = z.int().nonnegative();
const rangesSchema = z.array(z.tuple([count, count])).max(10_000);

const inode = z.string().regex(/^\d{1,20}$/);
/** Of the folder, and of the files that have content. */
const idsSchema = z.object({ folder: inode, files: z.array(inode).max(10_000) });

/** The inodes of an ingest: files with others are of somebody else, as long as the folder has its own. */
export type IngestIds = z.infer<typeof idsSchema>;

const stateSchema = z.object({
  version: z.literal(1),
  digest: digestSchema,
  size: count,
  reference: z.string().max(1024).optional(),
  isStream: z.boolean().default(false),
  durable: rangesSchema,
  ids: idsSchema.optional(),
  updatedAt: z.iso.datetime(),
});

const progressSchema = z.object({
  /** Milliseconds since 1970: when the machine started. */
  bootedAt: z.number(),
  updatedAt: count,
  written: rangesSchema,
});

/** As version 0.1.0 wrote it: bytes from 0 on without a gap, as many as the file has. */
const olderSchema = z.object({ digest: digestSchema, size: count, durableBytes: count });

/** Bytes that are read at most of either file. */
const MAX_TEXT = 1024 * 1024;
/** Bytes to which progress.json is filled up: writing it again then needs no room on a disk that became full. */
const PROGRESS_BYTES = 4096;
/** Milliseconds by which two looks at the machine's start may differ; less than any restart takes. */
const BOOT_TOLERANCE_MS = 2_000;

function bootedAt(): number {
  return Math.round(Date.now() - uptime() * 1000);
}

function rangesOf(pairs: readonly (readonly [number, number])[] | undefined, size: number): ByteRange[] {
  return (pairs ?? []).map(([start, end]) => ({ start, end: Math.min(end, size) }));
}

/** An older file of ours is written anew; a link is not followed. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | NO_FOLLOW;

const STATE = 'state.json';
const NEW_STATE = 'state.json.new';
const PROGRESS = 'progress.json';

const STATE_FILE = jsonFile(
  z.union([stateSchema, olderSchema]),
  ['{"version":1,"digest":"', '{"digest":"'],
  MAX_TEXT,
);
const PROGRESS_FILE = jsonFile(progressSchema, ['{"bootedAt":'], MAX_TEXT);

/** The records of an ingest by name, of which each is there before any content is. */
export const INGEST_RECORDS: Readonly<Record<string, SmallFile<unknown>>> = {
  [STATE]: STATE_FILE,
  [NEW_STATE]: STATE_FILE,
  [PROGRESS]: PROGRESS_FILE,
};

/** What an earlier try left in the ingest's folder. */
export interface IngestRecord extends IngestState {
  readonly written: ByteRanges;
}

/** Reads the record of an ingest; undefined where there is none, or none that can be read. */
export async function readIngestRecord(folder: string): Promise<IngestRecord | undefined> {
  const state = await readSmall(join(folder, STATE), STATE_FILE);
  if (state === undefined) return undefined;
  if (!('durable' in state)) return olderRecord(folder, state);
  const { digest, size, reference, isStream } = state;
  const progress = await readSmall(join(folder, PROGRESS), PROGRESS_FILE);
  const counts = progress !== undefined && Math.abs(progress.bootedAt - bootedAt()) < BOOT_TOLERANCE_MS;
  const written = new ByteRanges(rangesOf(state.durable, size));
  if (counts) for (const range of rangesOf(progress.written, size)) written.add(range);
  const updatedAt = Math.max(Date.parse(state.updatedAt), counts ? progress.updatedAt : 0);
  return { digest, size, reference, isStream, written, doneBytes: written.bytes, updatedAt };
}

/** Which files an earlier try made; undefined where that is not recorded. */
export async function readIngestIds(folder: string): Promise<IngestIds | undefined> {
  const state = await readSmall(join(folder, STATE), STATE_FILE);
  return state !== undefined && 'ids' in state ? state.ids : undefined;
}

async function olderRecord(
  folder: string,
  { digest, size }: z.infer<typeof olderSchema>,
): Promise<IngestRecord | undefined> {
  const status = await fileStatus(join(folder, 'data'));
  if (status === undefined) return undefined;
  const written = new ByteRanges([{ start: 0, end: Math.min(Number(status.size), size) }]);
  const doneBytes = written.bytes;
  return { digest, size, isStream: false, written, doneBytes, updatedAt: Number(status.mtimeMs) };
}

/** How far an ingest is, for those who only look. */
export async function readIngestState(folder: string): Promise<IngestState | undefined> {
  return readIngestRecord(folder);
}

/** Writes the record of one ingest. Calls are made one after the other. */
export class IngestRecorder {
  readonly #folder: string;
  readonly #subject: IngestSubject;
  /** Which files are ours: written down with what is in them. */
  ids: IngestIds | undefined;
  /** Of progress.json, while it is open. */
  #progress: number | undefined;
  #progressLength = 0;

  constructor(folder: string, subject: IngestSubject) {
    this.#folder = folder;
    this.#subject = subject;
  }

  /** Says that the folder is ours, before any content is there. */
  async claim(now: number): Promise<void> {
    await guarded('written', this.#folder, async () => this.recordWritten(new ByteRanges(), now));
  }

  /** Records that nothing is there yet. No fsync: after a power failure a lost record says the same. */
  async begin(now: number): Promise<void> {
    await this.claim(now);
    await this.#writeState([], now, async () => {});
  }

  /**
   * Records bytes that were written, at once: some four kilobytes into the system's cache.
   * @param now milliseconds since 1970.
   * @throws the file system's error, as it came.
   */
  recordWritten(written: ByteRanges, now: number): void {
    const pairs = written.ranges.map(({ start, end }) => [start, end]);
    const text = JSON.stringify({ bootedAt: bootedAt(), updatedAt: now, written: pairs });
    const bytes = Buffer.from(text.padEnd(PROGRESS_BYTES));
    this.#progress ??= openSync(join(this.#folder, PROGRESS), NEW_FILE, 0o644);
    // In place and in one piece: a process that is killed leaves the old text or the new one.
    writeSync(this.#progress, bytes, 0, bytes.length, 0);
    if (bytes.length < this.#progressLength) ftruncateSync(this.#progress, bytes.length);
    this.#progressLength = bytes.length;
  }

  /** Records bytes that are on the disk for good. @param now milliseconds since 1970. */
  async recordDurable(durable: readonly ByteRange[], now: number): Promise<void> {
    await this.#writeState(durable, now, (handle, path) => syncFile(handle, path, 'data'));
  }

  async #writeState(
    durable: readonly ByteRange[],
    now: number,
    sync: (handle: FileHandle, path: string) => Promise<void>,
  ): Promise<void> {
    const path = join(this.#folder, STATE);
    const content = {
      version: 1,
      ...this.#subject,
      durable: durable.map(({ start, end }) => [start, end]),
      ids: this.ids,
      updatedAt: new Date(now).toISOString(),
    };
    // The lock of the ingest makes this the only writer.
    const temporary = join(this.#folder, NEW_STATE);
    await guarded('written', path, async () => {
      const handle = await open(temporary, NEW_FILE, 0o644);
      try {
        await handle.writeFile(`${JSON.stringify(content)}\n`);
        await sync(handle, temporary);
      } finally {
        await handle.close();
      }
      await renameFile(temporary, path);
    });
  }

  close(): void {
    if (this.#progress !== undefined) closeSync(this.#progress);
    this.#progress = undefined;
  }

  /** Removes the record. */
  async remove(): Promise<void> {
    this.close();
    for (const name of [PROGRESS, NEW_STATE, STATE])
      await removeSmall(join(this.#folder, name), INGEST_RECORDS[name] ?? STATE_FILE);
  }
}
