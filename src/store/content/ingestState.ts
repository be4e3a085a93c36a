/**
 * Records the state of an ingest in two small files beside `data`.
 *
 *   state.json     the bytes that are on the disk and so survive a power failure; written after each fsync
 *   progress.json  the bytes that are written and so survive a killed process, because the system still has them;
 *                  recorded at once, and shown by other windows. It counts until the machine restarts.
 */
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { digestSchema } from '../../oci/spec/descriptor.ts';
import { type ByteRange, ByteRanges } from '../disk/byteRanges.ts';
import { guarded, renameFile, syncFile } from '../disk/files.ts';
import { NO_FOLLOW } from '../disk/ownFiles.ts';
import { jsonFile, readSmall, type SmallFile } from '../disk/smallFile.ts';

/** The state of an ingest. */
export interface IngestState {
  readonly digest: string;
  /** Bytes of the whole content. */
  readonly size: number;
  /** The canonical reference for which the content was first requested, if one was given. */
  readonly reference?: string | undefined;
  /** Bytes that have been written. */
  readonly doneBytes: number;
  /** True if another process has to restart, because the content is unpacked while it arrives and not kept itself. */
  readonly isStream: boolean;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
}

/** The part of the state that never changes. */
export type IngestSubject = Pick<IngestState, 'digest' | 'size' | 'reference' | 'isStream'>;

const count = z.int().nonnegative();
const rangesSchema = z.array(z.tuple([count, count])).max(10_000);

const inode = z.string().regex(/^\d{1,20}$/);
const idsSchema = z.object({ folder: inode, files: z.array(inode).max(10_000) });

/** The inodes of an ingest's folder and content. While the folder has its inode, a file with any other is foreign. */
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
  /** Time at which the machine started, milliseconds since 1970. */
  bootedAt: z.number(),
  updatedAt: count,
  written: rangesSchema,
});

/** The largest size of either file that is read, in bytes. */
const MAX_TEXT = 1024 * 1024;
/** Bytes to which progress.json is padded, so that it can be rewritten on a disk that became full. */
const PROGRESS_BYTES = 4096;
/** Milliseconds by which two measurements of the machine's start may differ; less than any restart takes. */
const BOOT_TOLERANCE_MS = 2_000;

function bootedAt(): number {
  return Math.round(Date.now() - uptime() * 1000);
}

function rangesOf(pairs: readonly (readonly [number, number])[] | undefined, size: number): ByteRange[] {
  return (pairs ?? []).map(([start, end]) => ({ start, end: Math.min(end, size) }));
}

/** Flags that overwrite an older file of ours, and do not follow a link. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | NO_FOLLOW;

const STATE = 'state.json';
const NEW_STATE = 'state.json.new';
const PROGRESS = 'progress.json';

const STATE_FILE = jsonFile(stateSchema, ['{"version":1,"digest":"'], MAX_TEXT);
const PROGRESS_FILE = jsonFile(progressSchema, ['{"bootedAt":'], MAX_TEXT);

/** The records of an ingest by name, the most important first. At least one exists before any content does. */
export const INGEST_RECORDS: Readonly<Record<string, SmallFile<unknown>>> = {
  [STATE]: STATE_FILE,
  [NEW_STATE]: STATE_FILE,
  [PROGRESS]: PROGRESS_FILE,
};

/** The record that an earlier try left in the ingest's folder. */
export interface IngestRecord extends IngestState {
  readonly written: ByteRanges;
  /** The part of `written` that survives a power failure. */
  readonly durable: readonly ByteRange[];
}

/** Reads the record of an ingest. Returns undefined if there is none, or if it is unreadable. */
export async function readIngestRecord(folder: string): Promise<IngestRecord | undefined> {
  const state = await readSmall(join(folder, STATE), STATE_FILE);
  if (state === undefined) return undefined;
  const { digest, size, reference, isStream } = state;
  const progress = await readSmall(join(folder, PROGRESS), PROGRESS_FILE);
  const counts = progress !== undefined && Math.abs(progress.bootedAt - bootedAt()) < BOOT_TOLERANCE_MS;
  const durable = rangesOf(state.durable, size);
  const written = new ByteRanges(durable);
  if (counts) for (const range of rangesOf(progress.written, size)) written.add(range);
  const updatedAt = Math.max(Date.parse(state.updatedAt), counts ? progress.updatedAt : 0);
  return { digest, size, reference, isStream, written, durable, doneBytes: written.bytes, updatedAt };
}

/** Reads the inodes of the files that an earlier try made. Returns undefined if they were not recorded. */
export async function readIngestIds(folder: string): Promise<IngestIds | undefined> {
  return (await readSmall(join(folder, STATE), STATE_FILE))?.ids;
}

/** Reads the state of an ingest for display. */
export async function readIngestState(folder: string): Promise<IngestState | undefined> {
  return readIngestRecord(folder);
}

/** Writes the record of one ingest. Calls must not overlap. */
export class IngestRecorder {
  readonly #folder: string;
  readonly #subject: IngestSubject;
  /** The inodes of our files, recorded together with the ranges in them. */
  ids: IngestIds | undefined;
  /** Descriptor of progress.json while it is open. */
  #progress: number | undefined;
  #progressLength = 0;

  constructor(folder: string, subject: IngestSubject) {
    this.#folder = folder;
    this.#subject = subject;
  }

  /** Claims the folder as ours, before it has any content. */
  async claim(now: number): Promise<void> {
    await guarded('written', this.#folder, async () => this.recordWritten(new ByteRanges(), now));
  }

  /** Records that there are no bytes yet. Needs no fsync, because a lost record means the same. */
  async begin(now: number): Promise<void> {
    await this.claim(now);
    await this.#writeState([], now, async () => {});
  }

  /**
   * Records written bytes synchronously: some four kilobytes into the system's cache.
   * @param now milliseconds since 1970.
   * @throws the file system's error as it is.
   */
  recordWritten(written: ByteRanges, now: number): void {
    const pairs = written.ranges.map(({ start, end }) => [start, end]);
    const text = JSON.stringify({ bootedAt: bootedAt(), updatedAt: now, written: pairs });
    const bytes = Buffer.from(text.padEnd(PROGRESS_BYTES));
    this.#progress ??= openSync(join(this.#folder, PROGRESS), NEW_FILE, 0o644);
    // Written in place and in one call, so that a killed process leaves either the old text or the new one.
    writeSync(this.#progress, bytes, 0, bytes.length, 0);
    if (bytes.length < this.#progressLength) ftruncateSync(this.#progress, bytes.length);
    this.#progressLength = bytes.length;
  }

  /** Records bytes that have been flushed to the disk. @param now milliseconds since 1970. */
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
}
