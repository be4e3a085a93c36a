/**
 * Small records in a folder of the machine, one file each, so that all windows see them and two windows can change
 * different ones at the same time.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { ModelError, systemErrorCode } from '../base/error.ts';
import type { Localized } from '../base/l10n.ts';
import { Listeners } from '../base/listeners.ts';
import type { Log } from '../base/log.ts';
import { readUnblocked } from '../base/unblockedFile.ts';
import { ChangeWatcher } from '../store/index.ts';

const SUFFIX = '.json';
/** Largest file that is read, in bytes. */
const MAX_BYTES = 1024 * 1024;
const MAX_RECORDS = 10_000;

/** Options of {@link SharedRecords}. */
export interface SharedRecordsOptions<T> {
  /** Created if it is missing. */
  readonly folder: string;
  readonly schema: z.ZodType<T>;
  /** Says that a record cannot be written, and what to do. @param code the system's, such as `ENOSPC`. */
  readonly cannotSave: (folder: string, code: string) => Localized;
  readonly log: Log;
}

/** Returns the name of a record about anything that has a text of its own, such as the id of a model. */
export function recordName(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The records of one folder by name; a name is part of a file's name. */
export class SharedRecords<T> {
  readonly #options: SharedRecordsOptions<T>;
  readonly #watcher: ChangeWatcher;
  readonly #listeners = new Listeners();
  #kept: ReadonlyMap<string, T> = new Map();
  #reading: Promise<void> | undefined;

  constructor(options: SharedRecordsOptions<T>) {
    this.#options = options;
    this.#watcher = new ChangeWatcher(options.folder, options.log);
  }

  /** Calls `listener` when this window or another one changed a record. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Returns the records that are on disk now. */
  async read(): Promise<ReadonlyMap<string, T>> {
    this.#reading ??= this.#start();
    await this.#reading;
    return this.#kept;
  }

  /** Writes a record, or removes it. @throws ModelError `store-error` if it cannot be written. */
  async write(name: string, record: T | undefined): Promise<void> {
    if (textOf((await this.read()).get(name)) === textOf(record)) return;
    const { folder, cannotSave } = this.#options;
    const temporary = join(folder, `${name}.${randomUUID()}.tmp`);
    try {
      if (record === undefined) {
        await rm(this.#path(name), { force: true });
      } else {
        await mkdir(folder, { recursive: true });
        await writeFile(temporary, textOf(record), { flag: 'wx' });
        await rename(temporary, this.#path(name));
      }
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {});
      const message = cannotSave(folder, systemErrorCode(cause) ?? String(cause));
      throw new ModelError('store-error', message, { cause });
    }
    await this.#refresh();
  }

  dispose(): void {
    this.#watcher.dispose();
    this.#listeners.clear();
  }

  #path(name: string): string {
    return join(this.#options.folder, `${name}${SUFFIX}`);
  }

  async #start(): Promise<void> {
    // Only an existing folder can be watched. A folder that cannot be created has no records either.
    await mkdir(this.#options.folder, { recursive: true }).catch(() => {});
    this.#watcher.add(() => void this.#refresh());
    this.#kept = await this.#load();
  }

  async #refresh(): Promise<void> {
    const before = this.#kept;
    this.#kept = await this.#load();
    const isSame =
      before.size === this.#kept.size &&
      [...before].every(([name, record]) => textOf(record) === textOf(this.#kept.get(name)));
    if (!isSame) this.#listeners.fire();
  }

  async #load(): Promise<ReadonlyMap<string, T>> {
    const entries = await readdir(this.#options.folder).catch(() => []);
    const names = entries
      .filter((entry) => entry.endsWith(SUFFIX))
      .sort()
      .slice(0, MAX_RECORDS)
      .map((entry) => entry.slice(0, -SUFFIX.length));
    const records = new Map<string, T>();
    for (const name of names) {
      const record = await this.#one(name);
      if (record !== undefined) records.set(name, record);
    }
    return records;
  }

  /** Reads one record. A damaged file counts as none, and the next write replaces it. */
  async #one(name: string): Promise<T | undefined> {
    const path = this.#path(name);
    try {
      const bytes = await readUnblocked(path, MAX_BYTES);
      if (bytes === undefined) throw new Error(`It has more than ${MAX_BYTES} bytes.`);
      return this.#options.schema.parse(JSON.parse(bytes.toString('utf8')));
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT')
        this.#options.log.warn(`The record ${path} cannot be read: ${String(error)}`);
      return undefined;
    }
  }
}

function textOf(record: unknown): string {
  return `${JSON.stringify(record)}\n`;
}
