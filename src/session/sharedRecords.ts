/**
 * Small records in a folder of the machine, one file each, so that all windows see them and two windows can change
 * different ones at the same time.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { inBatches } from '../base/batches.ts';
import { ModelError, systemErrorCode } from '../base/error.ts';
import type { Localized } from '../base/l10n.ts';
import { Listeners } from '../base/listeners.ts';
import type { Log } from '../base/log.ts';
import { readUnblocked } from '../base/unblockedFile.ts';
import { type ChangedNames, ChangeWatcher } from '../store/index.ts';

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

/** Records that are read concurrently. */
const BATCH = 64;

/** The records of one folder by name; a name is part of a file's name. */
export class SharedRecords<T> {
  readonly #options: SharedRecordsOptions<T>;
  readonly #watcher: ChangeWatcher;
  readonly #listeners = new Listeners();
  readonly #kept = new Map<string, T>();
  #reading: Promise<void> | undefined;
  /** The latest look at the disk. One waits for the other, so that an older one never wins. */
  #looking: Promise<unknown> = Promise.resolve();

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
    await this.#lookAt([name]);
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
    this.#watcher.add((files) => void this.#refresh(files));
    this.#looking = this.#names().then((names) => this.#readAgain(names));
    await this.#looking;
  }

  /** Reads only the files that changed: reading all for each of them would take the square of their number. */
  async #refresh(files: ChangedNames): Promise<void> {
    const names =
      files === undefined ? [...(await this.#names()), ...this.#kept.keys()] : namesOf([...files]);
    await this.#lookAt([...new Set(names)]);
  }

  async #lookAt(names: readonly string[]): Promise<void> {
    let isSame = true;
    const look = this.#looking.then(async () => {
      isSame = await this.#readAgain(names);
    });
    this.#looking = look;
    await look;
    if (!isSame) this.#listeners.fire();
  }

  async #names(): Promise<string[]> {
    return namesOf(await readdir(this.#options.folder).catch(() => []));
  }

  /** @returns true if nothing changed. */
  async #readAgain(names: readonly string[]): Promise<boolean> {
    let isSame = true;
    await inBatches(names, BATCH, async (name) => {
      const record = await this.#one(name);
      if (textOf(record) === textOf(this.#kept.get(name))) return;
      if (record === undefined) this.#kept.delete(name);
      else if (this.#kept.has(name) || this.#kept.size < MAX_RECORDS) this.#kept.set(name, record);
      else return;
      isSame = false;
    });
    return isSame;
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

/** Returns the names of the records among files, sorted. */
function namesOf(files: readonly string[]): string[] {
  return files
    .filter((file) => file.endsWith(SUFFIX))
    .sort()
    .slice(0, MAX_RECORDS)
    .map((file) => file.slice(0, -SUFFIX.length));
}

function textOf(record: unknown): string {
  return `${JSON.stringify(record)}\n`;
}
