/** Lists of hosts on disk, each in a file with the time at which it was asked for. A cache: a failure loses nothing. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { systemErrorCode } from '../base/error.ts';
import type { Log } from '../base/log.ts';

/** Bytes of one file: 10,000 names with a description each are about 2 MB. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Lists that are kept; the oldest go first. */
const MAX_FILES = 300;
/** Items of one list. */
const MAX_ITEMS = 10_000;

const savedSchema = z.object({
  key: z.string(),
  askedAt: z.number().nonnegative(),
  isCut: z.boolean(),
  items: z.array(z.unknown()).max(MAX_ITEMS),
});

/** A list as its host gave it. */
export interface SavedList<T> {
  readonly items: readonly T[];
  /** True if the host has, or may have, more of them. */
  readonly isCut: boolean;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
}

/** The lists in one folder. */
export class ListCache {
  readonly #folder: string;
  readonly #log: Log;

  /** @param folder created if it is missing. */
  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Returns a list, or undefined if there is none that can be read. @param item the schema of one item. */
  async read<T>(key: string, item: z.ZodType<T>): Promise<SavedList<T> | undefined> {
    const path = this.#path(key);
    try {
      const status = await stat(path);
      // Opening a pipe would wait for whoever writes into it.
      if (!status.isFile() || status.size > MAX_BYTES) return undefined;
      const saved = savedSchema.parse(JSON.parse(await readFile(path, 'utf8')));
      if (saved.key !== key) return undefined;
      return { ...saved, items: z.array(item).parse(saved.items) };
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT')
        this.#log.debug(`The saved list of ${key} cannot be read: ${String(error)}`);
      return undefined;
    }
  }

  /** Saves a list. A list that cannot be saved is asked for again next time. */
  async write(key: string, list: SavedList<unknown>): Promise<void> {
    const temporary = join(this.#folder, `${randomUUID()}.tmp`);
    try {
      await mkdir(this.#folder, { recursive: true });
      const text = JSON.stringify({ key, ...list });
      if (Buffer.byteLength(text) > MAX_BYTES || list.items.length > MAX_ITEMS) return;
      await writeFile(temporary, text, { flag: 'wx' });
      await rename(temporary, this.#path(key));
      await this.#trim();
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      this.#log.debug(`The list of ${key} was not saved: ${String(error)}`);
    }
  }

  async #trim(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.json'));
    if (names.length <= MAX_FILES) return;
    const dated = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name);
        return { path, at: (await stat(path)).mtimeMs };
      }),
    );
    const oldest = dated.sort((a, b) => a.at - b.at).slice(0, names.length - MAX_FILES);
    await Promise.all(oldest.map(({ path }) => rm(path, { force: true })));
  }

  #path(key: string): string {
    return join(this.#folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  }
}
